import type { HostHands } from '../../hosts/host.ts';

interface EtcdMember {
  /** Hexadecimal, as etcdctl prints and takes it. */
  readonly id: string;
  readonly peerUrls: readonly string[];
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
export function parseMembers(output: string): readonly EtcdMember[] {
  return output
    .split('\n')
    .map((line) => line.split(', '))
    .flatMap(([id, , , peers]) =>
      id && peers !== undefined ? [{ id: id.trim(), peerUrls: peers.split(',') }] : [],
    );
}

/** Removes the member that a failed join of a node left in etcd, asked of a working control plane. None there is fine. */
export async function removeEtcdMember(controlPlane: HostHands, address: string): Promise<boolean> {
  const { stdout } = await controlPlane.query([...etcdctl, 'member', 'list']);
  const peer = `https://${address.includes(':') ? `[${address}]` : address}:2380`;
  const stale = parseMembers(stdout).find((member) => member.peerUrls.includes(peer));
  if (stale === undefined) return false;
  await controlPlane.run([...etcdctl, 'member', 'remove', stale.id]);
  return true;
}
