import { messageOf } from '../base/errors.ts';
import { redact } from '../base/redact.ts';
import type {
  AcceptanceCheck,
  CheckContext,
  CheckResult,
  EvidenceFile,
  Observation,
  TimeMark,
} from './check.ts';

/** What the runner provides; the rest of a check's context is the record of one run. */
export type CheckSurroundings = Omit<CheckContext, 'observe' | 'mark' | 'evidence' | 'restore'>;

interface RestoreStep {
  readonly title: string;
  readonly undo: () => Promise<void>;
}

/** Runs one check with its deadline and puts back whatever it changed. Never throws: what goes wrong is the result. */
export async function runCheck(
  check: AcceptanceCheck,
  surroundings: CheckSurroundings,
): Promise<CheckResult> {
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  const observations: Observation[] = [];
  const timeline: TimeMark[] = [];
  const evidence: EvidenceFile[] = [];
  const restoreSteps: RestoreStep[] = [];
  const problems: string[] = [];
  const signal = AbortSignal.any([surroundings.signal, AbortSignal.timeout(check.timeoutMs)]);
  const context: CheckContext = {
    ...surroundings,
    signal,
    observe(observation) {
      observations.push({
        ...observation,
        wanted: redact(observation.wanted),
        found: redact(observation.found),
      });
      return observation.ok;
    },
    mark(name, note) {
      const atMs = Math.round(performance.now() - startMs);
      timeline.push(note === undefined ? { name, atMs } : { name, atMs, note });
      return atMs;
    },
    evidence(name, content) {
      evidence.push({
        name,
        content: redact(typeof content === 'string' ? content : JSON.stringify(content, undefined, 2)),
      });
    },
    restore: (title, undo) => restoreSteps.push({ title, undo }),
  };
  try {
    await withDeadline(check.run(context), signal, check.timeoutMs);
  } catch (error) {
    problems.push(redact(messageOf(error)));
  }
  problems.push(...(await putBack(restoreSteps)));
  const { id, title, requirement, method, passCriterion, severity } = check;
  return {
    id,
    title,
    requirement,
    method,
    passCriterion,
    severity,
    startedAt,
    observations,
    timeline,
    evidence,
    status: statusOf(observations, problems),
    ms: Math.round(performance.now() - startMs),
    ...(problems.length === 0 ? {} : { error: problems.join('; ') }),
  };
}

/** A failed observation outweighs a later break: the site was seen to be wrong. A check that observed nothing proves nothing. */
function statusOf(observations: readonly Observation[], problems: readonly string[]): CheckResult['status'] {
  if (observations.some((observation) => !observation.ok)) return 'fail';
  if (problems.length > 0 || observations.length === 0) return 'error';
  return 'pass';
}

async function putBack(steps: readonly RestoreStep[]): Promise<string[]> {
  const problems: string[] = [];
  for (const step of steps.toReversed()) {
    try {
      await step.undo();
    } catch (error) {
      problems.push(redact(`not put back: ${step.title}: ${messageOf(error)}`));
    }
  }
  return problems;
}

function withDeadline(work: Promise<void>, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const expired = new Promise<never>((_resolve, reject) => {
    const give = (): void =>
      reject(
        new Error(
          signal.reason?.name === 'TimeoutError' ? `not finished after ${timeoutMs / 1000} s` : 'interrupted',
        ),
      );
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
  return Promise.race([work, expired]);
}
