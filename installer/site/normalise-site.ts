import { relative, resolve } from 'node:path';
import { canonicalJson, type Digest, digestOf } from '../base/digest.ts';
import type { InventoryFile } from './inventory-file.ts';
import { overrideProfile } from './merge-profile.ts';
import type { Profile } from './profile.ts';
import type { Site, SiteEndpoints, SiteNode } from './site.ts';
import type { SiteFile } from './site-file.ts';
import type { Waiver } from './waivers.ts';

/** Of the services that are reached by the same name and port on nodes, in pods and by the installer. */
const ports = { api: 7443, registry: 30500, git: 30443, secrets: 30820 };
const sshDefaults = { user: 'root', port: 22 };

/** One value out of checked files: defaults filled in, paths made absolute, names of services worked out. */
export function normaliseSite(
  directory: string,
  file: SiteFile,
  inventory: InventoryFile,
  profiles: ReadonlyMap<string, Profile>,
  waivers: readonly Waiver[],
  playbookFiles: Readonly<Record<string, Digest>> = {},
): Site {
  const nodes = inventory.nodes.map((node) => normaliseNode(directory, node, inventory, profiles));
  const described = {
    name: file.name,
    domain: file.domain,
    network: file.network,
    endpoints: endpointsOf(file.domain),
    gitops: file.gitops,
    seeding: { maxBytesPerSecond: file.seeding.maxRate ?? 0 },
    environments: file.environments,
    people: file.people,
    trust: file.trust,
    import: file.import,
  };
  // The digest must be the same wherever the folder lies.
  const placeless = nodes.map(({ ssh, ...node }) => ({
    ...node,
    ssh: { ...ssh, keyFile: relative(directory, ssh.keyFile) },
  }));
  const accepted = waivers.length === 0 ? {} : { waivers };
  const playbooks = Object.keys(playbookFiles).length === 0 ? {} : { playbooks: playbookFiles };
  const digest = digestOf(canonicalJson({ ...described, nodes: placeless, ...accepted, ...playbooks }));
  return { ...described, directory, digest, nodes, waivers, ...playbooks };
}

function endpointsOf(domain: string): SiteEndpoints {
  const { api, registry, git, secrets } = ports;
  return {
    api: { host: `api.${domain}`, port: api },
    registry: { host: `registry.${domain}`, port: registry },
    git: { host: `git.${domain}`, port: git },
    secrets: { host: `secrets.${domain}`, port: secrets },
  };
}

function normaliseNode(
  directory: string,
  {
    name,
    address,
    profile: profileName,
    ssh: own,
    overrides,
    rack,
    ...hardware
  }: InventoryFile['nodes'][number],
  { ssh: common }: InventoryFile,
  profiles: ReadonlyMap<string, Profile>,
): SiteNode {
  const declared = profiles.get(profileName) as Profile;
  const profile = overrides === undefined ? declared : overrideProfile(declared, overrides);
  return {
    name,
    address,
    roles: profile.roles,
    profile,
    ssh: {
      user: own.user ?? common.user ?? sshDefaults.user,
      port: own.port ?? common.port ?? sshDefaults.port,
      hostKey: own.hostKey,
      keyFile: resolve(directory, own.keyFile ?? common.keyFile ?? ''),
    },
    ...(rack === undefined ? {} : { rack }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(Object.keys(hardware).length === 0 ? {} : { hardware }),
  };
}
