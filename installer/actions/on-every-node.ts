import { settleParallel } from '../base/parallel.ts';
import { joinFailures } from '../engine/failures.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import type { SiteNode } from '../site/site.ts';

/** Does the work on all of these nodes, some at a time. Raises what went wrong on any of them, all at once, after every one was tried. */
export async function onEveryNode<T>(
  what: string,
  nodes: readonly SiteNode[],
  work: (node: SiteNode) => Promise<T>,
): Promise<readonly T[]> {
  const outcomes = await settleParallel(nodes, hostsAtOnce, work);
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ target: nodes[index]?.name ?? '', error: outcome.reason }] : [],
  );
  if (failures.length > 0) throw joinFailures(what, failures);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
