import { PerimeterError } from '../../base/errors.ts';
import type { Events } from '../../base/events.ts';
import { count } from '../../base/units.ts';
import { findDamage } from '../media/find-damage.ts';
import { howToMendMedium } from '../media/how-to-mend.ts';
import type { Medium } from '../media/medium.ts';
import type { CompleteLayout, WantedBlob } from './complete-layout.ts';
import type { Source } from './source.ts';

export interface RefusedImport {
  readonly medium: Medium;
  readonly source: Source;
  /** Absent where not even the index could be trusted. */
  readonly layout?: CompleteLayout;
  readonly events?: Events | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Raises E_BUNDLE_DAMAGED with all that is wrong on the medium and what to carry again. `cameIn` says what became of the rest. */
export async function refuseImport(
  { medium, source, layout, events, signal }: RefusedImport,
  problems: readonly string[],
  cameIn: string,
): Promise<never> {
  const parts = await findDamage(medium, { events, signal });
  const missing = layout?.missing ?? [];
  const { lostFrom, fileBytes } = source;
  // One sentence instead of one for each blob. What begins with a byte is about the place where it stopped.
  const isLost = (problem: string): boolean =>
    !problem.startsWith('byte ') && missing.some(({ digest }) => problem.includes(digest));
  const findings =
    lostFrom === undefined || missing.length === 0
      ? problems
      : [
          ...problems.filter((problem) => !isLost(problem)),
          lostSentence(lostFrom, fileBytes, missing.length),
        ];
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The bundle ${medium.path} is damaged; ${cameIn}`,
    hint: `${howToMendMedium(medium, parts)}\nThen run the same command: it goes on where it was.`,
    findings: [...parts.map(({ sentence }) => sentence), ...findings],
  });
}

function lostSentence(from: number, fileBytes: number, missing: number): string {
  const blobs = count(missing, 'blob');
  return from === fileBytes
    ? `${blobs} behind it were cut off`
    : `${blobs} behind it were not looked at: from byte ${from} on nothing tells where one begins`;
}

/** Raises E_DELTA_MISFIT: the store does not have what the delta counts on. */
export function refuseMisfit(medium: Medium, findings: readonly string[]): never {
  throw new PerimeterError('E_DELTA_MISFIT', {
    message: `The delta ${medium.path} does not fit: the store lacks ${count(findings.length, 'blob')} that it counts on`,
    hint: 'Have a delta made against what the site has now (perimeter site have), or carry the whole bundle in.',
    findings,
  });
}

export function lackSentence({ digest }: WantedBlob): string {
  return `blob ${digest} is neither in the delta nor in the store`;
}

export function rotSentence({ digest }: Pick<WantedBlob, 'digest'>): string {
  return `blob ${digest} is not in the delta, and damaged in the store`;
}
