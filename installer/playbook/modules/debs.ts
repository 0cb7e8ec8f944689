import { z } from 'zod';
import { count } from '../../base/units.ts';
import { told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { artifactNamed, type NodeArtifactLayer } from '../node-artifact.ts';
import { compareDebianVersions } from './shared/debian-version.ts';
import { type InstalledPackage, installedPackages, installPackages } from './shared/packages.ts';

const args = z.strictObject({ artifact: told(z.string().min(1), 'its name in the bundle') });

interface Facts {
  readonly layers: readonly NodeArtifactLayer[];
  readonly installed: ReadonlyMap<string, InstalledPackage>;
}

/** Packages that are there in the bundle's version or a newer one are left alone: a host keeps its security updates. */
export const debs = defineModule<typeof args, Facts>({
  name: 'debs',
  summary: 'The Debian packages of an artifact, installed out of the seed store without any network.',
  example: "debs: {artifact: '{{packages}}'}",
  args,
  watches: (_task, { layers }) =>
    layers.flatMap((layer) =>
      layer.package === undefined ? [] : [{ kind: 'package', name: layer.package.name }],
    ),
  async inspect({ artifact }, host, { variables }) {
    const { layers } = artifactNamed(variables, artifact, 'debs');
    const names = layers.flatMap((layer) => layer.package?.name ?? []);
    return { layers, installed: await installedPackages(host, names) };
  },
  plan(_task, facts) {
    const differences = needed(facts).map((layer) => differenceOf(layer, facts));
    if (differences.length === 0) return undefined;
    const names = differences.map(({ item }) => item.replace('package ', ''));
    return { sentence: `install ${count(names.length, 'package')}: ${names.join(', ')}`, differences };
  },
  async apply(_task, facts, host) {
    await installPackages(host, needed(facts));
  },
});

function needed({ layers, installed }: Facts): NodeArtifactLayer[] {
  return layers.filter((layer) => {
    const found = installed.get(layer.package?.name ?? '');
    if (found?.state !== 'installed') return true;
    return compareDebianVersions(found.version, layer.package?.version ?? '') < 0;
  });
}

function differenceOf({ package: wanted }: NodeArtifactLayer, { installed }: Facts): Difference {
  const found = installed.get(wanted?.name ?? '');
  const state = found === undefined ? 'not installed' : `${found.version} ${found.state}`;
  return { item: `package ${wanted?.name}`, wanted: wanted?.version ?? '', found: state };
}
