import { tellBytes } from '../../base/byte-progress.ts';
import { type Events, silentEvents } from '../../base/events.ts';
import { runs } from '../../base/runs.ts';
import { chunkRanges, hashRanges } from '../verify/hash-ranges.ts';
import type { Extent } from './extent.ts';
import type { DamagedPart } from './how-to-mend.ts';
import type { Medium } from './medium.ts';
import { firstChunks, type PartChunks, type PartList } from './part-list.ts';
import { strangerIn } from './stranger-in.ts';

export interface FindDamageOptions {
  /** Told how far it is: all parts are read once more. */
  readonly events?: Events | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads all parts and holds each chunk against the list: which part is damaged where, misnamed, or of another bundle. */
export async function findDamage(
  medium: Medium,
  { events = silentEvents, signal }: FindDamageOptions = {},
): Promise<readonly DamagedPart[]> {
  if (medium.list === undefined) return [];
  const list = medium.list.payload;
  const parts = firstChunks(list);
  const ranges = parts.flatMap((part, index) =>
    chunkRanges([medium.extents[index] ?? nowhere], part.sizeBytes, list.chunkBytes),
  );
  const tell = tellBytes(events, ['bundle', 'look closer']);
  const hashed = await hashRanges(ranges, {
    onProgress: (bytes) => tell(bytes, list.sizeBytes),
    signal,
  });
  const found = hashed.map((one) =>
    one.unreadable === undefined ? one.digest.slice('sha256:'.length) : 'unreadable',
  );
  const damaged: DamagedPart[] = [];
  for (const [index, part] of parts.entries()) {
    const bad = badChunks(part, list, found);
    if (bad.length === 0) continue;
    damaged.push(
      await describe({ part, bad, parts, list, found, medium, extent: medium.extents[index] ?? nowhere }),
    );
  }
  return damaged;
}

const nowhere = { fd: -1, offset: 0, sizeBytes: 0 };

/** Chunks of a part, counted from its beginning, that are not as the list says. */
function badChunks(part: PartChunks, { chunks }: PartList, found: readonly string[]): readonly number[] {
  return Array.from({ length: part.chunkCount }, (_, index) => index).filter(
    (index) => found[part.firstChunk + index] !== chunks[part.firstChunk + index],
  );
}

interface Damage {
  readonly part: PartChunks;
  readonly bad: readonly number[];
  readonly parts: readonly PartChunks[];
  readonly list: PartList;
  readonly found: readonly string[];
  readonly medium: Medium;
  readonly extent: Extent;
}

async function describe({ part, bad, parts, list, found, medium, extent }: Damage): Promise<DamagedPart> {
  const { name } = part;
  /** The file that begins as a part should. */
  const fileWith = ({ chunk }: PartChunks): PartChunks | undefined =>
    parts.find((other) => other.name !== part.name && found[other.firstChunk] === chunk);
  const elsewhere = fileWith(part);
  const foundAs = elsewhere === undefined ? {} : { foundAs: elsewhere.name };
  const really = parts.find((other) => other !== part && other.chunk === found[part.firstChunk]);
  if (really !== undefined) {
    const swapped = elsewhere?.name === really.name ? ': they were swapped' : '';
    return { name, sentence: `${name} holds the content of ${really.name}${swapped}`, ...foundAs };
  }
  const isOurs = bad.length < part.chunkCount;
  const whose = isOurs ? undefined : await strangerIn(part, extent, medium);
  if (whose?.isOurs === false)
    return { name, sentence: `${name} is not of this bundle: ${whose.why}`, ...foundAs };
  const ranges = runs(bad).map(([from, to]) => {
    const end = Math.min((to + 1) * list.chunkBytes, part.sizeBytes);
    const isUnreadable = found.slice(part.firstChunk + from, part.firstChunk + to + 1).includes('unreadable');
    return `bytes ${from * list.chunkBytes} to ${end}${isUnreadable ? ' (cannot be read)' : ''}`;
  });
  const doubt = isOurs || whose !== undefined ? '' : ', or belongs to another bundle';
  return { name, sentence: `${name} is damaged at ${ranges.join(', ')}${doubt}`, ...foundAs };
}
