import { hashRanges } from '../verify/hash-ranges.ts';
import { sliceExtents } from './extent.ts';
import type { Medium } from './medium.ts';
import type { PartList } from './part-list.ts';

export interface DamagedPart {
  readonly name: string;
  /** What is wrong, with byte ranges counted from the beginning of the part. */
  readonly sentence: string;
}

interface Part {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of its first chunk, counted through all parts. */
  readonly firstChunk: number;
  readonly chunkCount: number;
}

/** Reads all parts and holds each chunk against the list: which part is damaged where, swapped, or of another bundle. */
export async function findDamage(medium: Medium, signal?: AbortSignal): Promise<readonly DamagedPart[]> {
  if (medium.list === undefined) return [];
  const list = medium.list.payload;
  const parts = partsOf(list);
  const ranges = parts.flatMap((part, index) =>
    chunkSizes(part.sizeBytes, list.chunkBytes).map((sizeBytes, chunk) => {
      const extents = sliceExtents([medium.extents[index] ?? nowhere], chunk * list.chunkBytes, sizeBytes);
      return { extents, sizeBytes, paddingBytes: 0 };
    }),
  );
  const hashed = await hashRanges(ranges, { onProgress: () => {}, signal });
  const found = hashed.map((one) =>
    one.unreadable === undefined ? one.digest.slice('sha256:'.length) : 'unreadable',
  );
  return parts.flatMap((part) => {
    const sentence = sentenceOf(part, parts, list, found);
    return sentence === undefined ? [] : [{ name: part.name, sentence }];
  });
}

const nowhere = { fd: -1, offset: 0, sizeBytes: 0 };

function partsOf({ parts, chunkBytes }: PartList): Part[] {
  let firstChunk = 0;
  return parts.map(({ name, sizeBytes }) => {
    const chunkCount = chunkSizes(sizeBytes, chunkBytes).length;
    firstChunk += chunkCount;
    return { name, sizeBytes, firstChunk: firstChunk - chunkCount, chunkCount };
  });
}

/** Sizes of the chunks of a part, in bytes; only the last may be smaller. */
function chunkSizes(sizeBytes: number, chunkBytes: number): number[] {
  const count = Math.ceil(sizeBytes / chunkBytes);
  return Array.from({ length: count }, (_, index) => Math.min(chunkBytes, sizeBytes - index * chunkBytes));
}

function sentenceOf(
  part: Part,
  parts: readonly Part[],
  { chunks, chunkBytes }: PartList,
  found: readonly string[],
): string | undefined {
  const bad = Array.from({ length: part.chunkCount }, (_, index) => index).filter(
    (index) => found[part.firstChunk + index] !== chunks[part.firstChunk + index],
  );
  if (bad.length === 0) return undefined;
  const first = found[part.firstChunk];
  const really = parts.find((other) => other !== part && chunks[other.firstChunk] === first);
  if (really !== undefined) return `${part.name} holds the content of ${really.name}: they were swapped`;
  if (bad.length === part.chunkCount && part.chunkCount > 1)
    return `${part.name} is damaged throughout, or belongs to another bundle`;
  const ranges = runs(bad).map(([from, to]) => {
    const end = Math.min((to + 1) * chunkBytes, part.sizeBytes);
    const isUnreadable = found.slice(part.firstChunk + from, part.firstChunk + to + 1).includes('unreadable');
    return `bytes ${from * chunkBytes} to ${end}${isUnreadable ? ' (cannot be read)' : ''}`;
  });
  return `${part.name} is damaged at ${ranges.join(', ')}`;
}

/** Numbers that follow one another, as first and last. */
function runs(numbers: readonly number[]): (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
