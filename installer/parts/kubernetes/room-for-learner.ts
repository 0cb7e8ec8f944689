import { waitFor } from '../../base/condition.ts';
import type { Hands } from '../../engine/phase.ts';
import type { SiteNode } from '../../site/site.ts';
import { etcdLearners, peerUrlOf, removeEtcdMember } from './etcd-members.ts';
import { nodeStateOf } from './node-state.ts';

/**
 * A joining member begins as a learner, and etcd takes no second one (etcd's --max-learners, 1 by default). One that an interrupted
 * join of another node left behind would keep every other join from beginning, and that node cleans up after itself only once it has booted:
 * so it is removed here, unless its join still runs.
 */
export async function makeRoomForLearner(
  member: SiteNode,
  joining: SiteNode,
  { site, host, signal, note }: Hands,
): Promise<void> {
  const controlPlane = host(member.name);
  await waitFor({
    description: `etcd has room for ${joining.name}`,
    timeoutMs: 240_000,
    signal,
    hint: 'Look at `journalctl -u perimeter-kubeadm` on the node that joins, then run the same command again.',
    probe: async (report) => {
      const learners = await etcdLearners(controlPlane);
      for (const { peerUrls } of learners) {
        const owner = site.nodes.find(({ address }) => peerUrls.includes(peerUrlOf(address)));
        const state = owner === undefined ? 'gone' : (await nodeStateOf(host(owner.name), site.name)).kind;
        report(`${owner?.name ?? peerUrls.join(', ')} is a learner, and its join is ${state}`);
        if (owner === undefined || state === 'running' || state === 'member') continue;
        note(`removes what the interrupted join of ${owner.name} left in etcd`);
        await removeEtcdMember(controlPlane, owner.address, signal);
      }
      return learners.length === 0 ? true : undefined;
    },
  });
}
