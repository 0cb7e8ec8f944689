import { DefectError, isPerimeterError, PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';

/** What the person, or the program that started us, is told about a failure. Not redacted yet. */
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
  const where = Object.entries(error.where).map(([kind, name]) => `${kind} ${name}`);
  const lines = [
    error.message,
    ...error.findings.map((finding) => `  - ${finding.replaceAll('\n', '\n    ')}`),
    ...(where.length === 0 ? [] : [`Where:      ${where.join(', ')}`]),
    `What to do: ${error.hint.replaceAll('\n', '\n            ')}`,
    `Code:       ${error.code} (exit code ${error.exitCode})`,
  ];
  const { code, message, hint, findings, exitCode, retryable } = error;
  return {
    exitCode,
    text: `${lines.join('\n')}\n`,
    data: { kind: 'error', code, message, where: error.where, findings, hint, retryable, exitCode },
  };
}

function defect(error: unknown, journal: string | undefined): ErrorReport {
  const thrown = error instanceof Error ? error : new DefectError(String(error));
  const causes =
    thrown.cause === undefined ? '' : `\nCaused by: ${String((thrown.cause as Error).stack ?? thrown.cause)}`;
  const lines = [
    `This is a defect of the program, not of your site: ${thrown.message}`,
    `Journal:    ${journal ?? 'none was opened yet'}`,
    'What to do: run the same command again, which is safe; if it stays, send the journal and the lines below.',
    `Code:       DEFECT (exit code ${defectExitCode})`,
    '',
    `${thrown.stack ?? thrown.message}${causes}`,
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
