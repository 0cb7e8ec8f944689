import { DefectError, isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';

export interface Failure {
  readonly target: string;
  readonly error: unknown;
}

/**
 * Makes one error out of what went wrong on several targets, so that everything found is reported at once.
 * A single failure stays what it is; a defect among them wins, because it must never hide behind an operating error.
 */
export function joinFailures(phase: string, failures: readonly Failure[]): unknown {
  const defect = failures.find((failure) => !isPerimeterError(failure.error));
  if (defect !== undefined) return defect.error;
  const [first] = failures;
  if (first === undefined) return new DefectError(`phase ${phase} failed without a failure`);
  if (failures.length === 1) return first.error;
  const errors = failures.map((failure) => failure.error as PerimeterError);
  const hints = new Set(errors.map((error) => error.hint));
  return new PerimeterError((first.error as PerimeterError).code, {
    message: `${failures.length} hosts failed in ${phase}: ${failures.map((failure) => failure.target).join(', ')}.`,
    hint: [...hints].join('\n'),
    retryable: errors.every((error) => error.retryable),
    where: { phase },
    findings: failures.flatMap((failure) => findingsOf(failure)),
    cause: first.error,
  });
}

function findingsOf({ target, error }: Failure): readonly string[] {
  const findings = isPerimeterError(error) && error.findings.length > 0 ? error.findings : [messageOf(error)];
  return findings.map((finding) => (finding.startsWith(`${target}:`) ? finding : `${target}: ${finding}`));
}
