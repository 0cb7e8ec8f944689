import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPieces } from '../../../installer/base/read-pieces.ts';
import { noise } from '../../fixtures/made-bundle.ts';

describe('a file in pieces', () => {
  const content = noise(700_000, 'pieces');
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perimeter-pieces-'));
    path = join(folder, 'file');
    await writeFile(path, content);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  const isOpen = async (): Promise<boolean> => {
    const open = await readdir('/proc/self/fd');
    const paths = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    return paths.includes(path);
  };

  it('is the bytes that were asked for, one piece after the other in the same memory', async () => {
    for (const [offset, end] of [
      [0, content.length],
      [1, 262_146],
      [699_999, 700_000],
      [5, 5],
    ] as const) {
      const copies: Buffer[] = [];
      const memories = new Set<unknown>();
      for await (const piece of readPieces(path, offset, end)) {
        memories.add(piece.buffer);
        copies.push(Buffer.from(piece));
      }
      expect(Buffer.concat(copies).equals(content.subarray(offset, end))).toBe(true);
      expect(memories.size).toBe(offset === end ? 0 : 1);
    }
  });

  it('is closed when nobody wants the rest', async () => {
    for await (const piece of readPieces(path, 0, content.length)) {
      expect(piece.length).toBeGreaterThan(0);
      expect(await isOpen()).toBe(true);
      break;
    }
    expect(await isOpen()).toBe(false);
  });

  it('is an error when the file ends before it should', async () => {
    const read = async (): Promise<void> => {
      for await (const _ of readPieces(path, 0, content.length + 1));
    };
    await expect(read()).rejects.toThrow('ends at byte 700000');
  });
});
