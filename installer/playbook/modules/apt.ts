import { z } from 'zod';
import { didYouMean } from '../../base/suggest.ts';
import type { HostView } from '../../hosts/host.ts';
import { listOf, packageNames, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import type { NodeArtifact, NodeArtifactLayer } from '../node-artifact.ts';
import { FinalTaskError } from '../task-error.ts';
import type { Variables } from '../variables.ts';
import {
  type InstalledPackage,
  installedPackages,
  installPackages,
  removePackages,
} from './shared/packages.ts';

const args = z.strictObject({
  name: told(packageNames(), 'the package, or a list of them'),
  state: told(z.enum(['present', 'absent']).optional(), 'there or not there', 'present'),
});

interface Facts {
  readonly names: readonly string[];
  readonly installed: ReadonlyMap<string, InstalledPackage>;
}

/** There is nothing to download from: what is missing must be in a `debs` artifact that was made for the host's own distribution. */
export const apt = defineModule<typeof args, Facts>({
  name: 'apt',
  summary: 'Named Debian packages, there (out of the bundle) or not there.',
  example: 'apt: {name: [smartmontools, nvme-cli]}',
  args,
  watches: ({ name }) => listOf(name).map((one) => ({ kind: 'package', name: one })),
  async inspect({ name }, host) {
    const names = listOf(name);
    return { names, installed: await installedPackages(host, names) };
  },
  plan({ state }, facts, { variables }) {
    const absent = state === 'absent';
    const names = toChange(absent, facts);
    if (names.length === 0) return undefined;
    if (!absent) for (const name of names) packageIn(variables, name);
    const differences = names.map((name) => ({
      item: `package ${name}`,
      wanted: absent ? 'not installed' : 'installed',
      found: facts.installed.get(name)?.state ?? 'not installed',
    }));
    return { sentence: `${absent ? 'remove' : 'install'} ${names.join(', ')}`, differences };
  },
  async apply({ state }, facts, host, { variables }) {
    const absent = state === 'absent';
    const names = toChange(absent, facts);
    if (absent) await removePackages(host, names);
    else await installPackages(host, await missing(withNeeds(names, variables), host));
  },
});

function toChange(absent: boolean, { names, installed }: Facts): string[] {
  return names.filter((name) => (absent ? installed.has(name) : installed.get(name)?.state !== 'installed'));
}

/** With all that these packages need and the artifact has, in the order in which they were met. */
function withNeeds(names: readonly string[], variables: Variables): readonly NodeArtifactLayer[] {
  const found = new Map<string, NodeArtifactLayer>();
  const take = (name: string): void => {
    if (found.has(name)) return;
    const layer = packageIn(variables, name);
    found.set(name, layer);
    layer.package?.needs?.forEach(take);
  };
  names.forEach(take);
  return [...found.values()];
}

async function missing(
  layers: readonly NodeArtifactLayer[],
  host: HostView,
): Promise<readonly NodeArtifactLayer[]> {
  const installed = await installedPackages(
    host,
    layers.flatMap((layer) => layer.package?.name ?? []),
  );
  return layers.filter((layer) => installed.get(layer.package?.name ?? '')?.state !== 'installed');
}

function packageIn(variables: Variables, name: string): NodeArtifactLayer {
  const artifacts = (variables['artifacts'] ?? {}) as Readonly<Record<string, NodeArtifact>>;
  const own = variables['packageArtifacts'] as readonly string[] | undefined;
  const fitting = Object.values(artifacts).filter((one) => own === undefined || own.includes(one.name));
  const layers = fitting.flatMap((artifact) => artifact.layers);
  const found = layers.find((layer) => layer.package?.name === name);
  if (found !== undefined) return found;
  const known = layers.flatMap((layer) => layer.package?.name ?? []);
  throw new FinalTaskError(
    `the bundle holds no package ${name} for this host, and there is nowhere to fetch it from${didYouMean(name, known)}`,
  );
}
