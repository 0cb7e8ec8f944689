import { DefectError, isPerimeterError, PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { redact } from '../base/redact.ts';

/** What the person, or the program that started us, is told about a failure. Each text is redacted before it is laid out. */
export interface ErrorReport {
  readonly exitCode: number;
  readonly text: string;
  readonly data: JsonObject;
}

const defectExitCode = 70;

/**
 * Puts a failure into words: operating errors with all that was found and what to do, anything else as a defect of the program
 * with its stack. An abort that was asked for is an interruption, whoever noticed it first.
 */
export function describeError(
  error: unknown,
  run: { readonly aborted: boolean; readonly journal?: string },
): ErrorReport {
  if (isPerimeterError(error)) return operatingError(error);
  if (run.aborted && isAbort(error)) return operatingError(interrupted(error));
  return defect(error, run.journal);
}

function operatingError(error: PerimeterError): ErrorReport {
  const { code, exitCode, retryable } = error;
  const [message, hint] = [redact(error.message), redact(error.hint)];
  const findings = error.findings.map(redact);
  const where = Object.entries(error.where).map(([kind, name]) => `${kind} ${redact(name)}`);
  const lines = [
    message,
    ...findings.map((finding) => `  - ${finding.replaceAll('\n', '\n    ')}`),
    ...(where.length === 0 ? [] : [`Where:      ${where.join(', ')}`]),
    `What to do: ${hint.replaceAll('\n', '\n            ')}`,
    `Code:       ${code} (exit code ${exitCode})`,
  ];
  return {
    exitCode,
    text: `${lines.join('\n')}\n`,
    data: { kind: 'error', code, message, where: error.where, findings, hint, retryable, exitCode },
  };
}

function defect(error: unknown, journal: string | undefined): ErrorReport {
  const thrown = error instanceof Error ? error : new DefectError(String(error));
  const causes = thrown.cause === undefined ? '' : `\nCaused by: ${stackOf(thrown.cause)}`;
  const lines = [
    `This is a defect of the program, not of your site: ${redact(thrown.message)}`,
    `Journal:    ${journal ?? 'none was opened yet'}`,
    'What to do: run the same command again, which is safe; if it stays, send the journal and the lines below.',
    `Code:       DEFECT (exit code ${defectExitCode})`,
    '',
    redact(`${stackOf(thrown)}${causes}`),
  ];
  return {
    exitCode: defectExitCode,
    text: `${lines.join('\n')}\n`,
    data: {
      kind: 'error',
      code: 'DEFECT',
      message: thrown.message,
      stack: thrown.stack,
      journal,
      exitCode: defectExitCode,
    },
  };
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || ('isCanceled' in error && error.isCanceled === true))
  );
}

function interrupted(cause: unknown): PerimeterError {
  return new PerimeterError('E_INTERRUPTED', {
    message: 'Stopped, as asked.',
    hint: 'Run the same command again: it goes on where it stopped.',
    cause,
  });
}
