import { isPerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import type { SeedFailure } from './seed-failures.ts';

export interface AskedNodes<T> {
  readonly answers: readonly T[];
  readonly lost: readonly SeedFailure[];
}

/** Asks every node. One that vanished holds up nobody: it is given back by name; whatever else goes wrong is thrown. */
export async function askNodes<T>(
  names: readonly string[],
  ask: (name: string) => Promise<T>,
): Promise<AskedNodes<T>> {
  const outcomes = await settleParallel(names, hostsAtOnce, ask);
  const answers: T[] = [];
  const lost: SeedFailure[] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'fulfilled') answers.push(outcome.value);
    else if (isVanished(outcome.reason)) lost.push({ node: names[index] ?? '', error: outcome.reason });
    else throw outcome.reason;
  });
  return { answers, lost };
}

function isVanished(error: unknown): boolean {
  return isPerimeterError(error, 'E_HOST_UNREACHABLE') || isPerimeterError(error, 'E_HOST_TIMEOUT');
}
