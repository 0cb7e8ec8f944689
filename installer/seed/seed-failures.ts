import { isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';

export interface SeedFailure {
  readonly node: string;
  readonly error: unknown;
}

/** One error that names every node that failed, and why. A single cause keeps its own code and hint. */
export function joinSeedFailures(failures: readonly SeedFailure[]): unknown {
  const defect = failures.find(({ error }) => !isPerimeterError(error));
  if (defect !== undefined) return defect.error;
  const errors = failures.map(({ error }) => error as PerimeterError);
  const codes = new Set(errors.map(({ code }) => code));
  const first = errors[0];
  if (first === undefined) return new Error('no failure to report');
  if (errors.length === 1) return first;
  return new PerimeterError(codes.size === 1 ? first.code : 'E_SEED', {
    message: `Seeding failed on ${failures.map(({ node }) => node).join(', ')}; the other nodes have everything.`,
    hint: first.hint,
    retryable: errors.every(({ retryable }) => retryable),
    findings: failures.map(({ node, error }) => `${node}: ${messageOf(error)}`),
  });
}
