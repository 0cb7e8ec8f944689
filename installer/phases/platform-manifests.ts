import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { productDirectory } from '../base/files.ts';
import { mapParallel } from '../base/parallel.ts';
import { imageReference, type OpenBundle } from '../bundle/bundle.ts';
import type { ManifestFile } from '../bundle/check-references.ts';
import { runProgram } from '../bundle/run-program.ts';
import { documentsIn, helmTemplate } from '../kube/chart.ts';
import { type ReleaseInputs, valuesOf } from '../kube/release.ts';
import { applicationFiles } from '../parts/applications/application-files.ts';
import { chartFolder, type DeclaredRelease } from '../parts/flux/declared-release.ts';
import { platformFiles } from '../parts/flux/platform-files.ts';
import { clusterConfiguration } from '../parts/kubernetes/cluster-configuration.ts';
import { nodeFiles } from '../parts/kubernetes/node-files.ts';
import { declaredReleases } from './platform-releases.ts';

/** How many charts are rendered at once. */
const sideBySide = 2;

/**
 * Every manifest and setting in which a site could name an image, as it would be with this bundle: charts rendered with the values
 * of the installer, the repositories as they are first written, what kubeadm and containerd are told on a node of each profile.
 * Only what the bundle holds is looked at: a bundle of some sets has the charts of those sets.
 */
export async function platformManifests(inputs: ReleaseInputs): Promise<readonly ManifestFile[]> {
  const { site, bundle } = inputs;
  const declared = declaredReleases(site).filter(({ release }) => bundle.has(release.chart));
  const files: ManifestFile[] = [];
  const charts = await mapParallel(declared, sideBySide, async (one) => await chartManifests(inputs, one));
  files.push(...charts.flat());
  for (const [path, text] of await platformFiles(inputs, declared)) {
    // Charts lie there as templates; they were rendered above.
    if (!path.startsWith('charts/')) files.push({ file: `platform repository, ${path}`, contents: [text] });
  }
  if (bundle.has('sample-app')) {
    for (const [path, text] of await applicationFiles(site, bundle))
      files.push({ file: `applications repository, ${path}`, contents: [text] });
  }
  if (bundle.has('node-kubernetes')) files.push(...(await nodeManifests(inputs)));
  files.push(...(await playbookFiles()));
  return files;
}

async function chartManifests(inputs: ReleaseInputs, { release }: DeclaredRelease): Promise<ManifestFile[]> {
  const { name, namespace, chart } = release;
  const text = await helmTemplate(inputs.bundle, {
    name,
    namespace,
    chart,
    values: valuesOf(release, inputs),
  });
  const folder = chartFolder(release);
  const byFile = new Map<string, string[]>();
  for (const document of text.split(/^---$/m)) {
    const source = /^# Source: (.+)$/m.exec(document)?.[1] ?? folder;
    byFile.set(source, [...(byFile.get(source) ?? []), document]);
  }
  return [...byFile].map(([source, documents]) => ({
    file: `release ${name}, charts/${source}`,
    // Hooks too: the installer leaves them out, but the GitOps controller's Helm runs them.
    contents: documentsIn(documents.join('---\n')),
  }));
}

async function nodeManifests({ site, bundle }: ReleaseInputs): Promise<ManifestFile[]> {
  const { host, port } = site.endpoints.registry;
  const files = site.nodes.flatMap((node) =>
    [...nodeFiles(site, bundle, node, 'v2')].map(([path, text]) => ({
      file: `profile ${node.profile.name}, ${path}`,
      contents: [text],
    })),
  );
  const sandbox = imageReference(`${host}:${port}`, bundle.artifact('pause'));
  return [
    ...files,
    { file: 'playbooks/templates/containerd.toml.hbs', contents: [{ images: { pause: sandbox } }] },
    {
      file: 'kubeadm config images list',
      contents: [{ images: await kubeadmImages({ site, bundle }) }],
      byTag: true,
    },
  ];
}

/** What kubeadm itself says it will ask for, by tag. */
async function kubeadmImages({
  site,
  bundle,
}: Pick<ReleaseInputs, 'site' | 'bundle'>): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'perimeter-kubeadm-'));
  const config = join(folder.path, 'kubeadm.yaml');
  await writeFile(config, dump(clusterConfiguration(site, bundle)));
  const argv = ['config', 'images', 'list', '--config', config];
  const text = await runProgram(bundle, 'node-kubernetes', 'usr/local/bin/kubeadm', argv);
  return text.split('\n').filter(Boolean);
}

async function playbookFiles(): Promise<ManifestFile[]> {
  const folder = productDirectory('playbooks');
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    paths.toSorted().map(async (path) => ({
      file: `playbooks/${path.slice(folder.length + 1)}`,
      contents: [await readFile(path, 'utf8')],
    })),
  );
}

/** Its own credentials are made by a site; what stands here in their place is no image either. */
export const noCredentials: ReleaseInputs['credentials'] = { get: () => undefined, names: () => [] };

/** The bundle as its charts see it when artifacts are missing: with names that lead nowhere instead of an error at the first. */
export function withPlaceholders(bundle: OpenBundle): OpenBundle {
  return {
    ...bundle,
    artifact: (name) =>
      bundle.has(name)
        ? bundle.artifact(name)
        : {
            name,
            kind: 'image',
            digest: `sha256:${'0'.repeat(64)}`,
            sizeBytes: 0,
            version: 'v0.0.0',
            tag: 'missing',
            licence: '',
            sets: [],
            source: '',
          },
  };
}
