import { digestOf } from '../base/digest.ts';
import { assertDefect } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { type Change, definePhase, type Look, nodeTarget, type Target } from '../engine/phase.ts';
import type { HostView } from '../hosts/host.ts';
import { kubeadmPaths } from '../parts/kubernetes/kubeadm-paths.ts';
import { type Epochs, readBaseline } from '../parts/watch/baseline.ts';
import { belongingKeys } from '../parts/watch/belonging.ts';
import { putBack, putBackSentence } from '../parts/watch/put-back.ts';
import { lookAtWatched } from '../parts/watch/read-watch.ts';
import { recordBaseline } from '../parts/watch/record-baseline.ts';
import { guardedPlaces, listText } from '../parts/watch/watch-list.ts';
import { watchPaths } from '../parts/watch/watch-paths.ts';
import { canPutBack, needsRecord, unexplained, type WatchFacts } from '../parts/watch/watch-plan.ts';
import { keyOf, type WatchDifference } from '../parts/watch/watched-state.ts';
import type { SiteNode } from '../site/site.ts';
import { watchedThings } from './watched-things.ts';

type Data =
  | { readonly action: 'list' }
  | { readonly action: 'record'; readonly taken: readonly string[] }
  | {
      readonly action: 'put-back';
      readonly difference: { readonly [Field in keyof WatchDifference]: string };
    };

/**
 * Records how every node is once all is as declared, so that the node itself notices what is changed by hand; puts back what was, as far
 * as no playbook does. See decision 0024.
 */
export const watchNodes = definePhase<WatchFacts, Data>({
  name: 'watch-nodes',
  title: 'Watch the nodes',
  targets: (site) => site.nodes.map(nodeTarget),
  inspect: (target, look) => inspectWatch(nodeOf(target), target, look),

  plan(facts) {
    const changes: Change<Data>[] = [];
    if (facts.list !== facts.wantedList) {
      const things = facts.wantedList.split('\n').length - 2;
      changes.push({
        id: 'list',
        sentence: `watch ${count(things, 'file, folder, setting, unit or package', 'files, folders, settings, units and packages')}`,
        data: { action: 'list' },
      });
    }
    for (const difference of unexplained(facts).filter(canPutBack)) {
      changes.push({
        id: `put-back/${keyOf(difference)}`,
        sentence: putBackSentence(difference),
        data: { action: 'put-back', difference: { ...difference } },
      });
    }
    if (needsRecord(facts) || facts.list !== facts.wantedList) {
      changes.push({
        id: 'record',
        sentence: 'record how the node is, to notice what is changed by hand',
        data: { action: 'record', taken: [...facts.belonging] },
      });
    }
    return changes;
  },

  async apply({ data }, target, hands) {
    const node = nodeOf(target);
    const host = hands.host(node.name);
    if (data.action === 'put-back') return await putBack(host, data.difference as WatchDifference);
    if (data.action === 'list') {
      const { list } = await watchedThings(node, target, hands);
      await host.makeDirectory(watchPaths.directory, { mode: 0o700 });
      return await host.writeFile(watchPaths.list, listText(list), { mode: 0o600 });
    }
    // The list lies there by now: working it out again would run every playbook's look once more.
    const list = (await host.readFile(watchPaths.list)) ?? '';
    await recordBaseline(host, await epochsOf(host, list, hands), new Set(data.taken));
  },

  // What was told about differences that are gone is taken back at once.
  async settle(target, hands) {
    await hands.host(nodeOf(target).name).run([watchPaths.program, 'check'], { timeoutMs: 120_000 });
  },
});

/** What is known about the watch of a node. */
export async function inspectWatch(node: SiteNode, target: Target, look: Look): Promise<WatchFacts> {
  const host = look.host(node.name);
  const { list, changing } = await watchedThings(node, target, look);
  const wantedList = listText(list);
  const [listed, text, found = [], epochs] = await Promise.all([
    host.readFile(watchPaths.list),
    host.readFile(watchPaths.baseline),
    lookAtWatched(host),
    epochsOf(host, wantedList, look),
  ]);
  const baseline = readBaseline(text);
  const isRedeclared = baseline?.epochs.declared !== epochs.declared;
  return {
    wantedList,
    list: listed,
    baseline,
    found,
    epochs,
    changing,
    belonging: await belongingKeys(host, list, { baseline, found, isRedeclared }),
  };
}

/** What is declared belongs to this site folder and bundle, what kubeadm made to the run that made it. */
async function epochsOf(
  host: HostView,
  list: string,
  { site, bundle }: Pick<Look, 'site' | 'bundle'>,
): Promise<Epochs> {
  return {
    declared: digestOf(JSON.stringify([list, site.digest, bundle.digest])),
    kept: digestOf((await host.readFile(kubeadmPaths.done)) ?? ''),
    guarded: digestOf(JSON.stringify(guardedPlaces)),
  };
}

function nodeOf(target: Target): SiteNode {
  assertDefect(target.kind === 'node', 'nodes are watched one by one');
  return target.node;
}
