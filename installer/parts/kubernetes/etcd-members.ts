import { waitFor } from '../../base/condition.ts';
import type { HostHands, HostView } from '../../hosts/host.ts';

interface EtcdMember {
  /** Hexadecimal, as etcdctl prints and takes it. */
  readonly id: string;
  readonly peerUrls: readonly string[];
  /** Has no vote yet. */
  readonly learner: boolean;
}

const etcdctl = [
  'etcdctl',
  '--endpoints=https://127.0.0.1:2379',
  '--cacert=/etc/kubernetes/pki/etcd/ca.crt',
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt',
  '--key=/etc/kubernetes/pki/etcd/healthcheck-client.key',
  '--command-timeout=15s',
];

/** "id, started, name, peer URLs, client URLs, learner" by line. JSON output would lose digits of the 64-bit numbers. */
function parseMembers(output: string): readonly EtcdMember[] {
  return output
    .split('\n')
    .map((line) => line.split(', '))
    .flatMap(([id, , , peers, , learner]) =>
      id && peers !== undefined
        ? [{ id: id.trim(), peerUrls: peers.split(','), learner: learner?.trim() === 'true' }]
        : [],
    );
}

async function etcdMembers(controlPlane: HostView): Promise<readonly EtcdMember[]> {
  return parseMembers((await controlPlane.query([...etcdctl, 'member', 'list'])).stdout);
}

/** The members that were added and never became full ones. */
export async function etcdLearners(controlPlane: HostView): Promise<readonly EtcdMember[]> {
  return (await etcdMembers(controlPlane)).filter(({ learner }) => learner);
}

/** Under which a node of this address is known to the other members. */
export function peerUrlOf(address: string): string {
  return `https://${address.includes(':') ? `[${address}]` : address}:2380`;
}

/**
 * Removes the member that a failed join of a node left in etcd, asked of a working control plane. None there is fine. With one
 * other member the failed one is half of the votes: then this waits until the node itself, booted again, gives its vote to be removed.
 */
export async function removeEtcdMember(
  controlPlane: HostHands,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  const members = await waitFor({
    description: `etcd on ${controlPlane.name} has a majority and tells its members`,
    timeoutMs: 150_000,
    signal,
    hint: `Bring all control planes up; look at \`crictl ps -a --name etcd\` on ${controlPlane.name}. Then run the same command again.`,
    probe: () => etcdMembers(controlPlane),
  });
  const stale = members.find((member) => member.peerUrls.includes(peerUrlOf(address)));
  if (stale === undefined) return false;
  await controlPlane.run([...etcdctl, 'member', 'remove', stale.id]);
  return true;
}
