import { isPerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { settleParallel } from '../base/parallel.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import {
  applyPlaybookChange,
  type MadeChange,
  type PlaybookHostHands,
  settlePlaybook,
} from './apply-playbook.ts';
import { describeDiff } from './describe-diff.ts';
import type { Playbook } from './playbook.ts';
import { inspectPlaybook, type PlaybookChange, planPlaybook, resultsOf } from './playbook-changes.ts';
import { checkedRecap, doneRecap, failedRecap, type HostRecap } from './recap.ts';
import { withTags } from './tags.ts';
import { undoing } from './undoing-tasks.ts';
import type { PlayLook } from './waiting-tasks.ts';

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
  /** Of a run that failed: those that were made before. */
  readonly changes: readonly PlaybookChange[];
  /** Before and after of files, where they may be shown. */
  readonly diffs: readonly string[];
  /** What ended the run on this host. */
  readonly failure?: unknown;
}

/** How far a run has come on one host. */
interface Progress {
  looks: readonly PlayLook[];
  planned: readonly PlaybookChange[];
  readonly made: MadeChange[];
  /** Id of the planned change that is being made; undefined before the first and after the last. */
  at: string | undefined;
}

/**
 * Runs a playbook on its own, outside any phase. `prepare` makes a host ready to be asked, and again after its changes. One host's
 * failure is its own; the others go on. Raises E_USAGE for a tag that no task has.
 */
export async function runPlaybook(
  playbook: Playbook,
  hosts: readonly string[],
  prepare: (host: string) => Promise<PlaybookHostHands>,
  options: RunOptions,
  events: Events,
): Promise<readonly HostRun[]> {
  const chosen = withTags(playbook, options.tags ?? []);
  const progress = hosts.map((): Progress => ({ looks: [], planned: [], made: [], at: undefined }));
  const outcomes = await settleParallel(hosts, hostsAtOnce, (name, index) =>
    step(events, [playbook.name, name], name, () =>
      runOnHost(chosen, () => prepare(name), options, events, progress[index] as Progress),
    ),
  );
  return outcomes.map((outcome, index) => {
    const [host, reached] = [hosts[index] ?? '', progress[index] as Progress];
    return outcome.status === 'fulfilled'
      ? finishedRun(host, options.check, reached)
      : failedRun(host, reached, outcome.reason);
  });
}

async function runOnHost(
  playbook: Playbook,
  prepare: () => Promise<PlaybookHostHands>,
  { check, signal }: RunOptions,
  events: Events,
  progress: Progress,
): Promise<void> {
  const prepared = await prepare();
  progress.looks = await inspectPlaybook(playbook, prepared);
  progress.planned = planPlaybook(progress.looks);
  const note = (text: string): void =>
    events.emit({ kind: 'note', scope: [playbook.name, prepared.host.name], text });
  if (progress.looks.length === 0) note(`no play is for ${prepared.host.name}`);
  if (check) return;
  const results = resultsOf(progress.looks);
  const target = { ...prepared, results };
  const made = (change: MadeChange): void => void progress.made.push(change);
  for (const { id, sentence } of progress.planned) {
    signal.throwIfAborted();
    progress.at = id;
    note(sentence);
    await applyPlaybookChange(playbook, { id }, target, made);
  }
  progress.at = undefined;
  if (progress.planned.length === 0) return;
  // Anew: what was changed may have altered what variables tell of the host, and with them what is still to be done.
  const left = await settlePlaybook(playbook, { ...(await prepare()), results }, made);
  if (left.length > 0) note(`${undoing(left)}; every run will change them again`);
}

function finishedRun(host: string, check: boolean, { looks, planned, made }: Progress): HostRun {
  if (!check) return { recap: doneRecap(host, looks, idsOf(made)), ...changesOf(made) };
  return { recap: checkedRecap(host, looks, planned), changes: planned, diffs: diffsOf(looks) };
}

function failedRun(host: string, { looks, made, at }: Progress, failure: unknown): HostRun {
  const isUnreachable = isPerimeterError(failure, 'E_HOST_UNREACHABLE');
  return { recap: failedRecap(host, looks, idsOf(made), at, isUnreachable), ...changesOf(made), failure };
}

function idsOf(made: readonly MadeChange[]): ReadonlySet<string> {
  return new Set(made.map(({ change }) => change.id));
}

function changesOf(made: readonly MadeChange[]): Pick<HostRun, 'changes' | 'diffs'> {
  return { changes: made.map(({ change }) => change), diffs: made.flatMap(({ diff }) => diff ?? []) };
}

function diffsOf(looks: readonly PlayLook[]): string[] {
  const items = looks.flatMap((play) => play.looks);
  return items.flatMap((item) => {
    if (item === 'flush-handlers' || item.kind === 'waiting' || item.change === undefined) return [];
    return describeDiff(item.change) ?? [];
  });
}
