import { isPerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { settleParallel } from '../base/parallel.ts';
import {
  applyPlaybookChange,
  inspectPlaybook,
  type PlaybookChange,
  type PlaybookHostHands,
  planPlaybook,
  settlePlaybook,
} from './playbook-changes.ts';
import type { Playbook } from './playbook.ts';
import { type HostRecap, recapOf } from './recap.ts';

export interface RunOptions {
  /** Only look and plan. */
  readonly check: boolean;
  readonly tags?: readonly string[];
  readonly signal: AbortSignal;
  /** Hosts at the same time; default all. */
  readonly forks?: number;
}

export interface PlaybookRunResult {
  readonly recaps: readonly HostRecap[];
  /** By host; what was planned, and done unless only checked. */
  readonly changes: ReadonlyMap<string, readonly PlaybookChange[]>;
  /** By host. */
  readonly failures: ReadonlyMap<string, unknown>;
}

/** Runs a playbook on its own, outside any phase. One host's failure is its own; the others go on. */
export async function runPlaybook(
  playbook: Playbook,
  targets: readonly PlaybookHostHands[],
  options: RunOptions,
  events: Events,
): Promise<PlaybookRunResult> {
  const changes = new Map<string, readonly PlaybookChange[]>();
  const failures = new Map<string, unknown>();
  const outcomes = await settleParallel(targets, options.forks ?? targets.length, (target) =>
    step(events, [playbook.name, target.host.name], target.host.name, () =>
      runOnHost(playbook, target, options, changes),
    ),
  );
  const recaps = outcomes.map((outcome, index): HostRecap => {
    const host = targets[index]?.host.name ?? '';
    if (outcome.status === 'fulfilled') return outcome.value;
    failures.set(host, outcome.reason);
    const unreachable = isPerimeterError(outcome.reason, 'E_HOST_UNREACHABLE') ? 1 : 0;
    return { host, ok: 0, changed: 0, unreachable, failed: 1 - unreachable, skipped: 0 };
  });
  return { recaps, changes, failures };
}

async function runOnHost(
  playbook: Playbook,
  target: PlaybookHostHands,
  { check, tags, signal }: RunOptions,
  changes: Map<string, readonly PlaybookChange[]>,
): Promise<HostRecap> {
  const looks = await inspectPlaybook(playbook, target, tags);
  const planned = planPlaybook(looks);
  changes.set(target.host.name, planned);
  if (!check) {
    for (const change of planned) {
      signal.throwIfAborted();
      await applyPlaybookChange(playbook, change, target);
    }
    if (tags === undefined) await settlePlaybook(playbook, target);
  }
  return recapOf(target.host.name, looks);
}
