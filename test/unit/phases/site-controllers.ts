import type { KubeObject } from '../../../installer/kube/kube.ts';
import { readyStatus } from '../../../installer/testkit/ready-status.ts';
import type { SiteWorld } from './site-world.ts';

type Controlled = Pick<SiteWorld, 'cluster' | 'git' | 'secrets' | 'site'>;

/**
 * Gives the cluster what reacts in it: nodes that wait for the pod network, the first pod of a stateful set, the Git server's own
 * command line, a volume that goes.
 */
export function controllersOf({ cluster, git, secrets, site: { nodes } }: Controlled): void {
  let isNetworkUp = Object.keys(cluster.snapshot()).some((key) => key.endsWith('/kube-router'));
  let volumeGoes = false;
  const pod = (name: string, namespace = ''): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-0`, namespace },
    spec: { nodeName: 'n1' },
  });
  cluster.react = (object) => {
    const { name, namespace } = object.metadata;
    if (object.kind === 'StatefulSet') cluster.put(pod(name, namespace));
    if (object.kind === 'Node' && !isNetworkUp) return notReady(object);
    if (name === 'kube-router' && object.kind === 'Deployment' && !isNetworkUp) {
      isNetworkUp = true;
      for (const node of nodes) cluster.put(nodeObject(node.name));
    }
    return readyStatus(object);
  };
  cluster.run = async (_namespace, _pod, _container, argv) => await git.command(argv);
  // A claim that is deleted goes when its pod goes; the pod comes again by itself.
  cluster.onDelete = ({ kind, name }) => {
    if (kind === 'PersistentVolumeClaim' && name === 'data-vault-0') volumeGoes = true;
    if (kind !== 'Pod' || name !== 'vault-0') return;
    if (volumeGoes) secrets.empty();
    volumeGoes = false;
    cluster.put(pod('vault', 'secrets'));
  };
}

/** What releases and kustomizations bring along that phases wait for. */
export function effectsOf({ kind, metadata: { name } }: KubeObject): readonly KubeObject[] {
  if (kind !== 'HelmRelease') return [];
  if (name === 'ci') {
    return [
      deployment('el-pull-requests', 'ci'),
      ...['git-clone', 'git-status', 'git-webhook'].map((secret) => ({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: secret, namespace: 'ci' },
        spec: {},
      })),
    ];
  }
  const environment = /^environment-(.+)$/.exec(name)?.[1];
  if (environment === undefined) return [];
  return [
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: `app-${environment}`, namespace: 'flux-system' },
      spec: {},
    },
    deployment('sample-app', `app-${environment}`),
  ];
}

export function nodeObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } };
}

/** As a kubelet reports before there is a pod network. */
function notReady(node: KubeObject): KubeObject {
  const message = 'container runtime network not ready';
  return { ...node, status: { conditions: [{ type: 'Ready', status: 'False', message }] } };
}

function deployment(name: string, namespace: string): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas: 1 } };
}
