import { PerimeterError } from '../../base/errors.ts';
import type { HostView } from '../../hosts/host.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';
import { kubeadmRuns } from './kubeadm-run.ts';

/** What kubeadm was begun with on a node; written before it starts. */
export interface Undertaking {
  readonly site: string;
  readonly action: 'init' | 'join';
  /** ISO time. */
  readonly at: string;
}

export type NodeState =
  /** Nothing of Kubernetes is configured. */
  | { readonly kind: 'bare' }
  /** kubeadm runs at this moment, begun by an installer that may be gone. */
  | { readonly kind: 'running'; readonly undertaking: Undertaking }
  /** Begun by this site and never finished: killed, rebooted or failed. */
  | { readonly kind: 'unfinished'; readonly undertaking: Undertaking }
  | { readonly kind: 'member' };

/**
 * What kubeadm left on a node. The marks are ours and lie on the node: `begun` is written only onto a bare node, `done` only by
 * systemd after kubeadm ended well, so whatever lies between the two is this site's own unfinished work and nothing else.
 * Raises E_CHECK_REFUSED for a Kubernetes that is not this site's.
 */
export async function nodeStateOf(host: HostView, siteName: string): Promise<NodeState> {
  const [begun, done, kubelet, manifests, etcd, running] = await Promise.all([
    host.readFile(kubeadmPaths.begun),
    host.readFile(kubeadmPaths.done),
    host.status(kubeadmPaths.kubeletKubeconfig),
    host.list(kubeadmPaths.manifests),
    host.list(kubeadmPaths.etcdData),
    kubeadmRuns(host),
  ]);
  const undertaking = parseUndertaking(begun);
  if (undertaking !== undefined && undertaking.site !== siteName) throw foreign(host, undertaking.site);
  if (undertaking === undefined) {
    const traces = kubelet !== undefined || (manifests?.length ?? 0) > 0 || (etcd?.length ?? 0) > 0;
    if (traces) throw foreign(host);
    return { kind: 'bare' };
  }
  if (running) return { kind: 'running', undertaking };
  // A mark that a power cut left empty proves nothing.
  if (done?.trim() !== begun?.trim()) return { kind: 'unfinished', undertaking };
  return { kind: 'member' };
}

function parseUndertaking(text: string | undefined): Undertaking | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  return JSON.parse(text) as Undertaking;
}

function foreign(host: HostView, site?: string): PerimeterError {
  const whose = site === undefined ? 'that no site of this installer made' : `of the site "${site}"`;
  return new PerimeterError('E_CHECK_REFUSED', {
    message: `${host.name} (${host.address}) carries a Kubernetes ${whose}.`,
    hint: 'If it is no longer needed, run `kubeadm reset` there, remove /etc/kubernetes, /var/lib/etcd and /var/lib/perimeter, and run the same command again.',
  });
}
