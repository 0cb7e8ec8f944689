import type { z } from 'zod';
import { Address, HostName, Network, ShortName } from './field-schemas.ts';
import { HostKey } from './inventory-file.ts';
import { Login } from './site-file.ts';

/**
 * As much of a site as can be read, whatever else is wrong with its files. The rules work on this, so that a misspelt key in one
 * place does not hide a duplicate address in another. Values that are not well-formed are left out: the schema names those.
 */
export interface SiteOutline {
  readonly engine: string | undefined;
  readonly networks: Readonly<Record<'nodeCidr' | 'podCidr' | 'serviceCidr', string | undefined>>;
  readonly outsideProbes: readonly (string | undefined)[];
  readonly environments: readonly (string | undefined)[];
  /** Undefined when the key itself is missing or is no list. */
  readonly people: readonly PersonOutline[] | undefined;
  readonly nodes: readonly NodeOutline[];
  readonly keyFile: string | undefined;
}

export interface PersonOutline {
  readonly login: string | undefined;
  readonly role: unknown;
}

export interface NodeOutline {
  readonly name: string | undefined;
  readonly address: string | undefined;
  readonly profile: string | undefined;
  readonly hostKey: string | undefined;
  readonly keyFile: string | undefined;
  readonly identity: IdentityOutline;
}

interface IdentityOutline {
  readonly serial: string | undefined;
  readonly uuid: string | undefined;
  readonly macs: readonly (string | undefined)[];
}

export function outlineOf(site: unknown, inventory: unknown): SiteOutline {
  const network = at(site, 'network');
  const people = at(site, 'people');
  return {
    engine: text(at(at(site, 'gitops'), 'engine')),
    networks: {
      nodeCidr: formed(Network, at(network, 'nodeCidr')),
      podCidr: formed(Network, at(network, 'podCidr') ?? '10.244.0.0/16'),
      serviceCidr: formed(Network, at(network, 'serviceCidr') ?? '10.96.0.0/16'),
    },
    outsideProbes: items(at(network, 'outsideProbes')).map((probe) => formed(Address, probe)),
    environments: items(at(site, 'environments')).map((name) => formed(ShortName, name)),
    people: Array.isArray(people)
      ? people.map((person) => ({ login: formed(Login, at(person, 'login')), role: at(person, 'role') }))
      : undefined,
    nodes: items(at(inventory, 'nodes')).map(outlineOfNode),
    keyFile: text(at(at(inventory, 'ssh'), 'keyFile')),
  };
}

function outlineOfNode(node: unknown): NodeOutline {
  const ssh = at(node, 'ssh');
  const identity = at(node, 'identity');
  return {
    name: formed(HostName, at(node, 'name')),
    address: formed(Address, at(node, 'address')),
    profile: text(at(node, 'profile')),
    hostKey: formed(HostKey, at(ssh, 'hostKey')),
    keyFile: text(at(ssh, 'keyFile')),
    identity: {
      serial: scalar(at(identity, 'serial')),
      uuid: text(at(identity, 'uuid'))?.toLowerCase(),
      macs: items(at(identity, 'macs')).map((mac) => text(mac)?.toLowerCase()),
    },
  };
}

function formed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

function at(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text, also where the file has an unquoted number. */
function scalar(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : text(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
