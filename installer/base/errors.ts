import { type ErrorCode, errorCodes } from './error-codes.ts';

export interface PerimeterErrorInput {
  /** What happened and where, in one or more plain sentences. */
  readonly message: string;
  /** What to do next; commands in it can be pasted. */
  readonly hint: string;
  /** True when the same call may well succeed a moment later. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Where it happened, filled in by the engine: phase, host, change. */
  readonly where?: Readonly<Record<string, string>>;
  /** Every single finding, when several were made at once. */
  readonly findings?: readonly string[];
}

/** An expected failure: something outside the program is not as it must be. Defects throw AssertionError instead. */
export class PerimeterError extends Error {
  override readonly name = 'PerimeterError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly where: Readonly<Record<string, string>>;
  readonly findings: readonly string[];

  constructor(code: ErrorCode, input: PerimeterErrorInput) {
    super(input.message, input.cause === undefined ? undefined : { cause: input.cause });
    this.code = code;
    this.hint = input.hint;
    this.retryable = input.retryable ?? false;
    this.where = input.where ?? {};
    this.findings = input.findings ?? [];
  }

  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }

  /** The same error with more of its place known. What is already known wins. */
  at(where: Readonly<Record<string, string>>): PerimeterError {
    return new PerimeterError(this.code, {
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      cause: this.cause,
      where: { ...where, ...this.where },
      findings: this.findings,
    });
  }
}

export function isPerimeterError(error: unknown, code?: ErrorCode): error is PerimeterError {
  return error instanceof PerimeterError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A defect of the program itself: leads to exit code 70. */
export class DefectError extends Error {
  override readonly name = 'DefectError';
}

export function assertDefect(condition: unknown, message: string): asserts condition {
  if (!condition) throw new DefectError(message);
}
