import { z } from 'zod';
import { type Digest, isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import type { UsedDowngrade } from '../accepted-bundles.ts';
import { readReceipt } from './receipt.ts';
import { storePaths } from './store-paths.ts';

const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
const acceptanceSchema = z.strictObject({
  bundle: digest,
  version: z.string(),
  sequence: z.int(),
  at: z.string(),
  /** The statement by which it came in although it was older. */
  downgrade: z.strictObject({ statement: z.string(), reason: z.string(), key: z.string() }).optional(),
});

/** A bundle became the one that the store gives out. */
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** Which bundles a store gave out, one after the other, oldest first; empty for one that never did. */
export async function readAcceptances(store: string): Promise<readonly Acceptance[]> {
  const file = storePaths.acceptances(store);
  const text = await readFileIfThere(file);
  if (text === undefined) return [];
  try {
    return z.array(acceptanceSchema).parse(JSON.parse(text));
  } catch (cause) {
    throw new PerimeterError('E_SITE_INVALID', {
      message: `${file} cannot be understood: it keeps older bundles out and is written by the program alone`,
      hint: 'Take it from a backup of the store. Without one, remove it, and make sure yourself that no downgrade is used twice.',
      cause,
    });
  }
}

export async function readCurrent(store: string): Promise<Digest | undefined> {
  const current = (await readFileIfThere(storePaths.current(store)))?.trim();
  return current !== undefined && isDigest(current) ? current : undefined;
}

/** What the store gives out now; undefined while it gives out nothing. */
export async function currentOf(store: string): Promise<Acceptance | undefined> {
  const current = await readCurrent(store);
  if (current === undefined) return undefined;
  const told = (await readAcceptances(store)).findLast(({ bundle }) => bundle === current);
  if (told !== undefined) return told;
  // Where the history was lost, the receipt still tells.
  const receipt = await readReceipt(storePaths.receipt(store, current)).catch(() => undefined);
  if (receipt === undefined) return undefined;
  const { bundle, version, sequence, at } = receipt.payload;
  return { bundle, version, sequence, at };
}

/** The bundle that was given out before the present one. */
export function previousOf(history: readonly Acceptance[], current: Digest): Digest | undefined {
  return history.findLast(({ bundle }) => bundle !== current)?.bundle;
}

/**
 * Makes a bundle the one that the store gives out. History first: an import that is killed in between finds its own line as the last
 * one, and `refuseUsed` lets it go on.
 */
export async function accept(store: string, next: Acceptance): Promise<void> {
  const current = await currentOf(store);
  if (current?.bundle === next.bundle) return;
  const told = await readAcceptances(store);
  const history = told.length === 0 && current !== undefined ? [current] : told;
  const isBegun = isSame(history.at(-1), next.bundle, next.downgrade?.statement);
  const all = [...(isBegun ? history.slice(0, -1) : history), next];
  await writeFileAtomic(storePaths.acceptances(store), `${JSON.stringify(all, undefined, 2)}\n`);
  await writeFileAtomic(storePaths.current(store), `${next.bundle}\n`);
}

/** Raises E_STATEMENT_INVALID for a downgrade that let a bundle into this store before. */
export function refuseUsed(
  history: readonly Acceptance[],
  current: Digest | undefined,
  bundle: Digest,
  { statement }: UsedDowngrade,
  file: string,
): void {
  const used = history.filter(({ downgrade }) => downgrade?.statement === statement);
  const last = history.at(-1);
  const isBegun = current !== bundle && isSame(last, bundle, statement);
  if (used.length === 0 || (used.length === 1 && isBegun)) return;
  throw new PerimeterError('E_STATEMENT_INVALID', {
    message: `The downgrade ${file} was used before, at ${used[0]?.at}; each lets one bundle through once`,
    hint: 'Have a new one signed: perimeter bundle downgrade --help',
  });
}

function isSame(last: Acceptance | undefined, bundle: Digest, statement: string | undefined): boolean {
  return last?.bundle === bundle && last.downgrade?.statement === statement;
}
