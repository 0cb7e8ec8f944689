import { loadAll } from 'js-yaml';
import type { KubeObject } from '../kube/kube.ts';
import { keyOf, referenceOf } from '../kube/object-names.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { MemoryGitServer } from './memory-git-server.ts';
import { readyStatus } from './ready-status.ts';

/** What a GitOps controller in memory works with; `effects` are the objects that a release or kustomization brings along. */
export interface MemoryFluxInputs {
  readonly cluster: MemoryCluster;
  readonly git: MemoryGitServer;
  readonly effects: (object: KubeObject) => readonly KubeObject[];
}

const platform = 'Kustomization/kustomize.toolkit.fluxcd.io/flux-system/platform';

/** The GitOps controller at its best: as soon as the cluster points at a repository with a `main`, everything in it is there and ready. */
export function reconcile({ cluster, git, effects }: MemoryFluxInputs): void {
  const live = cluster.snapshot();
  const files = mainOf(git, 'platform');
  if (live[platform] === undefined || files === undefined) return;
  const declared = Object.entries(files)
    .filter(([path]) => /^clusters\/site\/.+\.yaml$/.test(path) && !path.endsWith('kustomization.yaml'))
    .flatMap(([, text]) => loadAll(text) as KubeObject[]);
  for (const object of declared) put(cluster, live, object);
  const hasApplications = mainOf(git, 'apps') !== undefined;
  for (const object of declared.flatMap(effects)) {
    const { name, namespace = '' } = object.metadata;
    const isApplication = namespace.startsWith('app-') || name.startsWith('app-');
    if (!isApplication || hasApplications) put(cluster, live, object);
  }
}

function mainOf(git: MemoryGitServer, name: string): Readonly<Record<string, string>> | undefined {
  const repository = git.state.repositories[name];
  return repository?.isMainNoted === true ? repository.files : undefined;
}

/** Fields that others wrote stay, as with server-side apply. */
function put(cluster: MemoryCluster, live: Readonly<Record<string, KubeObject>>, object: KubeObject): void {
  const known = live[keyOf(referenceOf(object))];
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  const annotations = { ...known?.metadata.annotations, ...object.metadata.annotations };
  const metadata = { ...object.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) };
  cluster.put({ status, ...readyStatus(object), metadata });
}
