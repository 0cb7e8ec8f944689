import { z } from 'zod';
import { listOf, oneOrMore } from '../fields.ts';
import { defineModule } from '../module.ts';
import type { NodeArtifact, NodeArtifactLayer } from '../node-artifact.ts';
import { TaskError } from '../task-error.ts';
import {
  type InstalledPackage,
  installedPackages,
  installPackages,
  removePackages,
} from './shared/packages.ts';

const args = z.strictObject({ name: oneOrMore(), state: z.enum(['present', 'absent']).optional() });

interface Facts {
  readonly names: readonly string[];
  readonly installed: ReadonlyMap<string, InstalledPackage>;
}

/** There is nothing to download from: what is missing must be in a `debs` artifact of the bundle. */
export const apt = defineModule<typeof args, Facts>({
  name: 'apt',
  summary: 'Named Debian packages, there (out of the bundle) or not there.',
  args,
  watches: ({ name }) => listOf(name).map((one) => ({ kind: 'package', name: one })),
  async inspect({ name }, host) {
    const names = listOf(name);
    return { names, installed: await installedPackages(host, names) };
  },
  plan({ state }, facts) {
    const absent = state === 'absent';
    const names = toChange(absent, facts);
    if (names.length === 0) return undefined;
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
    else
      await installPackages(
        host,
        names.map((name) => packageIn(variables['artifacts'], name)),
      );
  },
});

function toChange(absent: boolean, { names, installed }: Facts): string[] {
  return names.filter((name) => (absent ? installed.has(name) : installed.get(name)?.state !== 'installed'));
}

function packageIn(artifacts: unknown, name: string): NodeArtifactLayer {
  const all = Object.values((artifacts ?? {}) as Readonly<Record<string, NodeArtifact>>);
  const found = all.flatMap(({ layers }) => layers).find((layer) => layer.package?.name === name);
  if (found === undefined)
    throw new TaskError(`the bundle holds no package ${name}, and there is nowhere to fetch it from`);
  return found;
}
