import type { Look, Phase, Target } from '../engine/phase.ts';
import { keptThings } from '../parts/kubernetes/kept-things.ts';
import { unsealThings } from '../parts/secrets/unseal-unit.ts';
import type { WatchList } from '../parts/watch/watch-list.ts';
import { keyOf } from '../parts/watch/watched-state.ts';
import type { PlayLook } from '../playbook/waiting-tasks.ts';
import type { SiteNode } from '../site/site.ts';
import { afterInstall } from './after-install.ts';
import { afterPrepareNodes } from './after-prepare-nodes.ts';
import { beforePrepareNodes } from './before-prepare-nodes.ts';
import { prepareNodes } from './prepare-nodes.ts';

/** The phases that are playbooks: what they declare on a node is what is watched there. */
export const playbookPhases: readonly Phase[] = [
  beforePrepareNodes,
  prepareNodes,
  afterPrepareNodes,
  afterInstall,
];

export interface WatchedThings {
  readonly list: WatchList;
  /** Keys of what those playbooks are going to change. */
  readonly changing: ReadonlySet<string>;
}

/** Everything on a node that somebody declares, made or has to guard. */
export async function watchedThings(node: SiteNode, target: Target, look: Look): Promise<WatchedThings> {
  const phases = playbookPhases.filter((phase) => phase.targets(look.site).length > 0);
  // The list of phases forgets what each of them finds; a playbook's always finds this.
  const looks = (await Promise.all(phases.map((phase) => phase.inspect(target, look)))) as PlayLook[][];
  const tasks = looks
    .flat()
    .flatMap(({ looks: items }) => items)
    .flatMap((item) => (item === 'flush-handlers' || item.kind === 'waiting' || item.skipped ? [] : [item]))
    .map(({ task, args, facts, change }) => ({
      things: task.module.watches?.(args, facts) ?? [],
      changes: change !== undefined,
    }));
  const isControlPlane = node.roles.includes('control-plane');
  const declared = [
    ...tasks.flatMap(({ things }) => things),
    ...(isControlPlane ? unsealThings(look.site) : []),
  ];
  return {
    list: { node: node.name, declared, kept: keptThings },
    changing: new Set(tasks.filter(({ changes }) => changes).flatMap(({ things }) => things.map(keyOf))),
  };
}
