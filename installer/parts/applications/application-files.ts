import { dump } from 'js-yaml';
import { productDirectory } from '../../base/files.ts';
import { readFolder } from '../../base/read-folder.ts';
import { type OpenBundle, repositoryOf } from '../../bundle/bundle.ts';
import type { Site } from '../../site/site.ts';

const sample = 'sample-app';

/** Everything the repository of the applications holds at first: the sample application, once for each environment. */
export async function applicationFiles(site: Site, bundle: OpenBundle): Promise<ReadonlyMap<string, string>> {
  const files = new Map(await readFolder(productDirectory('charts', 'site', 'apps')));
  site.environments.forEach((environment, index) => {
    const last = index === site.environments.length - 1;
    for (const [path, text] of overlayFiles(site, bundle, environment, last ? 2 : 1)) files.set(path, text);
    const what = { ...kustomization, resources: [`../../${sample}/overlays/${environment}`] };
    files.set(`environments/${environment}/kustomization.yaml`, dump(what));
  });
  return files;
}

const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };

function overlayFiles(
  site: Site,
  bundle: OpenBundle,
  environment: string,
  replicas: number,
): ReadonlyMap<string, string> {
  const { host, port } = site.endpoints.registry;
  const folder = `${sample}/overlays/${environment}`;
  const overlay = {
    ...kustomization,
    resources: ['../../base'],
    images: [
      {
        name: sample,
        newName: `${host}:${port}/${repositoryOf(sample)}`,
        digest: bundle.artifact(sample).digest,
      },
    ],
    replicas: [{ name: sample, count: replicas }],
    configMapGenerator: [{ name: `${sample}-settings`, envs: ['settings.env'] }],
  };
  return new Map([
    [`${folder}/kustomization.yaml`, dump(overlay)],
    [`${folder}/settings.env`, settings(environment)],
  ]);
}

/** Settings that take a new version of the application to change: each change of them is a roll-out. */
function settings(environment: string): string {
  return [
    `ENVIRONMENT=${environment}`,
    '# crash or notready makes a faulty version, to try a rollback',
    'BREAK=',
    '',
  ].join('\n');
}
