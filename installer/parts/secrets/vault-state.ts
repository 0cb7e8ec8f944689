import { waitFor } from '../../base/condition.ts';
import { digestOf, hexOf } from '../../base/digest.ts';
import { settleParallel } from '../../base/parallel.ts';
import type { HostView } from '../../hosts/host.ts';
import { controlPlaneNodes, type Site, type SiteNode } from '../../site/site.ts';
import { readPendingKeys } from './pending-keys.ts';
import { type NodeFile, shareFile, sharePath, unsealFiles, unsealTimer } from './unseal-unit.ts';
import { vaultNamespace, vaultPod } from './vault-names.ts';
import { type VaultSight, vaultServer } from './vault-server.ts';

/** absent: no server answers. new: it has no keys yet. open: at work, logins are answered. */
export type VaultState = 'absent' | 'new' | 'sealed' | 'open';

export async function vaultState(sight: VaultSight): Promise<VaultState> {
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: vaultNamespace, name: vaultPod };
  if ((await sight.kube.get(pod)) === undefined) return 'absent';
  const server = vaultServer(sight);
  return await waitFor<VaultState>({
    description: 'the secret manager, just opened, has taken up its work',
    timeoutMs: 60_000,
    intervalMs: 100,
    signal: sight.signal,
    hint: 'Look at the pod vault-0: kubectl -n secrets logs vault-0',
    probe: async (report) => {
      const status = await server.request('GET', 'sys/health').then(
        (answer) => answer.status,
        () => undefined,
      );
      if (status === undefined) return 'absent';
      report(`sys/health answers ${status}`);
      return stateByHealth[status];
    },
  });
}

/**
 * How sys/health answers (Vault API, System backend, /sys/health). An open server that does not lead yet says 429 for a moment: it knows its
 * key, but refuses every login until it has become the leader.
 */
const stateByHealth: Readonly<Record<number, VaultState>> = { 200: 'open', 501: 'new', 503: 'sealed' };

/** What a control-plane node holds for opening the secret manager. */
export interface NodeKeeping {
  readonly node: string;
  readonly share: boolean;
  /** Paths of script and unit files that are not as they should be, and the timer when it does not run. */
  readonly wrong: readonly string[];
}

type HostOf = (name: string) => HostView;

/** The keeping of all control-plane nodes, in their order. */
export async function nodeKeepings(sight: VaultSight, host: HostOf): Promise<readonly NodeKeeping[]> {
  const nodes = controlPlaneNodes(sight.site);
  const pending = readPendingKeys(sight.credentials);
  const looks = await settleParallel(nodes, nodes.length, (node, index) =>
    nodeKeeping(sight.site, node, host(node.name), pending?.shares[index]),
  );
  return looks.map((look) => {
    if (look.status === 'rejected') throw look.reason;
    return look.value;
  });
}

async function nodeKeeping(
  site: Site,
  node: SiteNode,
  host: HostView,
  pendingShare: string | undefined,
): Promise<NodeKeeping> {
  const wrong: string[] = [];
  for (const file of unsealFiles(site)) {
    if (!(await isWritten(host, file))) wrong.push(file.path);
  }
  const timer = await host.query(['systemctl', 'is-active', unsealTimer], { okExitCodes: 'any' });
  if (timer.stdout.trim() !== 'active') wrong.push(unsealTimer);
  const share =
    pendingShare === undefined
      ? await isKept(host)
      : (await isKept(host)) && (await isWritten(host, shareFile(pendingShare)));
  return { node: node.name, share, wrong };
}

/** A share counts only when nobody but root can read it. */
async function isKept(host: HostView): Promise<boolean> {
  const status = await host.status(sharePath);
  return status?.kind === 'file' && status.owner === 'root' && status.mode === 0o600;
}

async function isWritten(host: HostView, file: NodeFile): Promise<boolean> {
  const [sha256, status] = [await host.sha256(file.path), await host.status(file.path)];
  return sha256 === hexOf(digestOf(file.content)) && status?.mode === file.mode;
}
