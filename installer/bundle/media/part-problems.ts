import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DamagedPart } from './how-to-mend.ts';
import { firstChunks, type PartList } from './part-list.ts';

/**
 * What is wrong with the parts in a folder as far as names and sizes tell: missing ones, those of another size. When something is, the
 * first chunk of every file that might be one of them is read: parts that only have each other's names need not be carried again.
 */
export async function partProblems(folder: string, list: PartList): Promise<readonly DamagedPart[]> {
  const sizes = await Promise.all(list.parts.map(async ({ name }) => await sizeOf(join(folder, name))));
  const wrong = list.parts.flatMap((part, index) =>
    sizes[index] === part.sizeBytes ? [] : [{ ...part, found: sizes[index] }],
  );
  if (wrong.length === 0) return [];
  const strays = await recognise(folder, list);
  return wrong.map(({ name, sizeBytes, found }): DamagedPart => {
    const foundAs = strays.get(name);
    if (foundAs !== undefined) return { name, sentence: `${foundAs} holds the content of ${name}`, foundAs };
    const sentence =
      found === undefined ? `${name} is missing` : `${name} has ${found} bytes instead of ${sizeBytes}`;
    return { name, sentence };
  });
}

/** By name of a part, the file that begins as it does and has its size, where that file has no right to its own name. */
async function recognise(folder: string, list: PartList): Promise<ReadonlyMap<string, string>> {
  const wanted = firstChunks(list);
  const found = new Map<string, string>();
  for (const file of (await readdir(folder)).toSorted()) {
    const size = await sizeOf(join(folder, file));
    const candidates = wanted.filter(({ name, sizeBytes }) => sizeBytes === size && !found.has(name));
    if (candidates.length === 0 || candidates.some(({ name }) => name === file)) continue;
    const hash = await firstChunkOf(join(folder, file), list.chunkBytes);
    const part = candidates.find(({ chunk }) => chunk === hash);
    if (part !== undefined) found.set(part.name, file);
  }
  return found;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() === true ? status.size : undefined;
}

/** SHA-256 in hexadecimal digits; undefined where the file cannot be read. */
async function firstChunkOf(path: string, chunkBytes: number): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r');
    const chunk = Buffer.alloc(chunkBytes);
    let done = 0;
    for (let got = 1; got > 0 && done < chunkBytes; done += got)
      got = (await file.read(chunk, done, chunkBytes - done, done)).bytesRead;
    return createHash('sha256').update(chunk.subarray(0, done)).digest('hex');
  } catch {
    return undefined;
  }
}
