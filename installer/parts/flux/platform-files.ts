import { dump } from 'js-yaml';
import { productDirectory } from '../../base/files.ts';
import { readFolder } from '../../base/read-folder.ts';
import { extractFiles } from '../../bundle/extract-files.ts';
import type { KubeObject } from '../../kube/kube.ts';
import { namespaceOf, type ReleaseInputs } from '../../kube/release.ts';
import { chartFolder, type DeclaredRelease, helmReleaseOf, keptWithoutFile } from './declared-release.ts';
import { fluxSources } from './flux-sources.ts';

/** File of the repository that names the bundle it was written from. */
const bundleFile = 'perimeter.json';

/** Everything the platform repository holds at first: skeleton, charts of the bundle, and the site's releases with their values. */
export async function platformFiles(
  inputs: ReleaseInputs,
  declared: readonly DeclaredRelease[],
): Promise<ReadonlyMap<string, string>> {
  const files = new Map(await readFolder(productDirectory('charts', 'site', 'platform')));
  for (const entry of declared) {
    for (const [path, text] of await chartFiles(inputs, entry)) files.set(path, text);
  }
  for (const [path, text] of clusterFiles(inputs, declared)) files.set(path, text);
  const { digest, version } = inputs.bundle;
  files.set(bundleFile, `${JSON.stringify({ bundle: { version, digest } }, undefined, 2)}\n`);
  return files;
}

function clusterFiles(
  inputs: ReleaseInputs,
  declared: readonly DeclaredRelease[],
): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['namespaces.yaml', yaml(namespaces(declared))],
    ['sources.yaml', yaml(fluxSources(inputs.site))],
    ...declared.map((entry): [string, string] => [
      `releases/${entry.release.name}.yaml`,
      yaml([helmReleaseOf(entry, inputs)]),
    ]),
  ]);
  const list = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()],
  };
  const placed = [...files, ['kustomization.yaml', dump(list)] as const];
  return new Map(placed.map(([name, text]) => [`clusters/site/${name}`, text]));
}

/** One namespace each; deleting one would delete all that is in it, so that is nothing a lost line of a file may do. */
function namespaces(declared: readonly DeclaredRelease[]): readonly KubeObject[] {
  const byName = new Map<string, KubeObject>();
  for (const { release } of declared) {
    const namespace = namespaceOf(release);
    if (namespace === undefined) continue;
    const { metadata } = namespace;
    const annotations = { ...metadata.annotations, ...keptWithoutFile };
    byName.set(metadata.name, { ...namespace, metadata: { ...metadata, annotations } });
  }
  return [...byName.values()];
}

/** The chart as the bundle has it. Its version says which bundle's it is: a chart takes effect when its version changes. */
async function chartFiles(
  { bundle }: ReleaseInputs,
  { release }: DeclaredRelease,
): Promise<ReadonlyMap<string, string>> {
  const folder = chartFolder(release);
  const { digest } = bundle.artifact(release.chart);
  const extracted = await readFolder(`${await extractFiles(bundle, release.chart)}/${folder}`);
  const build = digest.slice('sha256:'.length, 'sha256:'.length + 12);
  return new Map(
    [...extracted].map(([path, text]) => [
      `charts/${folder}/${path}`,
      path === 'Chart.yaml' ? text.replace(/^(version: .+)$/m, `$1+${build}`) : text,
    ]),
  );
}

function yaml(objects: readonly KubeObject[]): string {
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n');
}
