import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefectError } from '../base/errors.ts';
import { YamlDocument } from '../base/yaml-document.ts';
import { autoPlaces } from './kubelet-sizes.ts';
import { loadProfiles } from './load-profiles.ts';
import type { ProfileLayer } from './profile-layers.ts';
import type { Site, SiteNode } from './site.ts';

/** One value of a node's profile, and whose word it is. */
export interface ExplainedValue {
  /** `kubelet.evictionHard`. */
  readonly path: string;
  readonly value: unknown;
  /** `profiles/compact.yaml (product), line 12`. */
  readonly origin: string;
  /** What it took the place of, the nearest first. */
  readonly instead: readonly { readonly value: unknown; readonly origin: string }[];
  /** How it follows from the machine, where it is `auto`. */
  readonly sizedBy?: string;
}

/** Blocks whose keys are merged one by one; everything else is replaced as a whole. */
const merged = new Set(['minimum', 'sysctl', 'kubelet', 'labels']);

/** Every value of a node's profile with the layer that said it: product, site, node. Contacts nothing. */
export async function explainProfile(site: Site, node: SiteNode): Promise<readonly ExplainedValue[]> {
  const { layers } = await loadProfiles(site.directory);
  const own = layers.get(node.profile.name);
  if (own === undefined) throw new DefectError(`the site was read, but not its profile ${node.profile.name}`);
  const all = [...own, await nodeLayer(site, node)];
  const said = all.flatMap((layer) => wordsOf(layer));
  const sizes = new Map(autoPlaces(node.profile.kubelet).map(({ path, words }) => [path, words]));
  return [...Map.groupBy(said, ({ path }) => path)].map(([path, words]) => {
    const [last, ...before] = words.toReversed();
    if (last === undefined) throw new DefectError('a group without members');
    const within = [...sizes].filter(
      ([place]) => `kubelet.${place}`.startsWith(`${path}.`) || `kubelet.${place}` === path,
    );
    const sizedBy = within
      .map(([place, how]) => `${place.split('.').slice(1).join('.') || place}: ${how}`)
      .join('; ');
    return {
      path,
      value: last.value,
      origin: last.origin,
      instead: before.map(({ value, origin }) => ({ value, origin })),
      ...(sizedBy === '' ? {} : { sizedBy }),
    };
  });
}

interface Word {
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

function wordsOf({ says, origin, lineOf }: ProfileLayer): Word[] {
  return Object.entries(says).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (!merged.has(key)) return [{ path: key, value, origin: `${origin}, line ${lineOf([key])}` }];
    return Object.entries(value).flatMap(([inner, one]) =>
      one === undefined
        ? []
        : [{ path: `${key}.${inner}`, value: one, origin: `${origin}, line ${lineOf([key, inner])}` }],
    );
  });
}

async function nodeLayer(site: Site, node: SiteNode): Promise<ProfileLayer> {
  const document = YamlDocument.parse(await readFile(join(site.directory, 'inventory.yaml'), 'utf8'));
  const index = site.nodes.findIndex(({ name }) => name === node.name);
  return {
    origin: `inventory.yaml (node ${node.name})`,
    says: node.overrides ?? {},
    lineOf: (path) => document.lineOf(['nodes', index, 'overrides', ...path]),
  };
}
