import { isPerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { settleParallel } from '../base/parallel.ts';
import { describeDiff } from './describe-diff.ts';
import type { PlayLook } from './play-look.ts';
import type { Playbook } from './playbook.ts';
import {
  applyPlaybookChange,
  inspectPlaybook,
  type PlaybookChange,
  type PlaybookHostHands,
  planPlaybook,
  settlePlaybook,
} from './playbook-changes.ts';
import { type HostRecap, recapOf } from './recap.ts';

export interface RunOptions {
  /** Only look and plan. */
  readonly check: boolean;
  /** Only tasks with one of these tags. */
  readonly tags?: readonly string[];
  readonly signal: AbortSignal;
}

/** What a run did on one host, or would do. */
export interface HostRun {
  readonly recap: HostRecap;
  readonly changes: readonly PlaybookChange[];
  /** Before and after of files, where they may be shown. */
  readonly diffs: readonly string[];
  /** What ended the run on this host. */
  readonly failure?: unknown;
}

/**
 * Runs a playbook on its own, outside any phase. `prepare` makes a host ready to be asked. One host's failure is its own; the
 * others go on.
 */
export async function runPlaybook(
  playbook: Playbook,
  hosts: readonly string[],
  prepare: (host: string) => Promise<PlaybookHostHands>,
  options: RunOptions,
  events: Events,
): Promise<readonly HostRun[]> {
  const outcomes = await settleParallel(hosts, hosts.length, (name) =>
    step(events, [playbook.name, name], name, async () =>
      runOnHost(playbook, await prepare(name), options, events),
    ),
  );
  return outcomes.map((outcome, index) =>
    outcome.status === 'fulfilled' ? outcome.value : failedRun(hosts[index] ?? '', outcome.reason),
  );
}

async function runOnHost(
  playbook: Playbook,
  target: PlaybookHostHands,
  { check, tags, signal }: RunOptions,
  events: Events,
): Promise<HostRun> {
  const looks = await inspectPlaybook(playbook, target, tags);
  const changes = planPlaybook(looks);
  if (!check) {
    for (const change of changes) {
      signal.throwIfAborted();
      events.emit({ kind: 'note', scope: [playbook.name, target.host.name], text: change.sentence });
      await applyPlaybookChange(playbook, change, target);
    }
    if (tags === undefined) await settlePlaybook(playbook, target);
  }
  return { recap: recapOf(target.host.name, looks), changes, diffs: diffsOf(looks) };
}

function diffsOf(looks: readonly PlayLook[]): string[] {
  const tasks = looks.flatMap((play) => play.looks).filter((look) => look !== 'flush-handlers');
  return tasks.flatMap(({ change }) => (change === undefined ? [] : (describeDiff(change) ?? [])));
}

function failedRun(host: string, failure: unknown): HostRun {
  const unreachable = isPerimeterError(failure, 'E_HOST_UNREACHABLE') ? 1 : 0;
  return {
    recap: { host, ok: 0, changed: 0, unreachable, failed: 1 - unreachable, skipped: 0 },
    changes: [],
    diffs: [],
    failure,
  };
}
