import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import type { ExportedBundle } from '../../../installer/bundle/export-bundle.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';
import { flipBit } from '../../support/damage.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let stick: string;
const partBytes = 4 << 20;

beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

const exported = async (
  to = stick,
  file = built.file,
  more: { partBytes?: number } = { partBytes },
): Promise<ExportedBundle> => await workshop.export(file, to, more);

let number = 0;
beforeEach(() => {
  number += 1;
  stick = join(workshop.folder, `stick-${number}`);
});

describe('a bundle in parts', () => {
  it('is the same bundle, by whichever of its files it is named', async () => {
    const { list, parts } = await exported();
    expect(parts.map(({ sizeBytes }) => sizeBytes)).toEqual([
      partBytes,
      partBytes,
      built.sizeBytes - 2 * partBytes,
    ]);
    const contents = await Promise.all(parts.map(({ name }) => readFile(join(stick, name))));
    expect(digestOf(Buffer.concat(contents))).toBe(digestOf(await readFile(built.file)));
    for (const path of [stick, list, join(stick, parts[0]?.name ?? ''), join(stick, parts[2]?.name ?? '')]) {
      const bundle = await workshop.open(path);
      expect(bundle.digest).toBe(built.digest);
      for (const artifact of bundle.artifacts) {
        for (const { digest, sizeBytes } of await bundle.blobs(artifact)) {
          expect(digestOf(await buffer(bundle.readBlob(digest)))).toBe(digest);
          const tail = await buffer(bundle.readBlob(digest, sizeBytes - 1, 1));
          expect(tail).toHaveLength(1);
        }
      }
      await bundle.close();
    }
  });

  it('is one file when no size is named, and goes out again from its parts', async () => {
    const one = await exported(stick, built.file, {});
    expect(one.parts).toHaveLength(1);
    expect((await readdir(stick)).toSorted()).toEqual([
      expect.stringMatching(/parts\.json$/),
      expect.stringMatching(/tar$/),
    ]);
    const again = join(stick, 'again');
    await exported(again, stick);
    const bundle = await workshop.open(again);
    await bundle.close();
    expect(bundle.digest).toBe(built.digest);
  });

  it('is written once: run again, only what is missing is written, and what is of another export is replaced', async () => {
    const { parts } = await exported();
    const [first = '', second = '', third = ''] = parts.map(({ name }) => join(stick, name));
    const before = await stat(first);
    await rm(third);
    await flipBit(second, 77);
    await exported();
    expect((await stat(first)).ino).toBe(before.ino);
    await (await workshop.open(stick)).close();
  });

  it('leaves no whole-looking part when it is interrupted', async () => {
    const stop = new AbortController();
    const events = {
      emit: ({ kind, scope }: { kind: string; scope: readonly string[] }) =>
        kind === 'progress' && scope[1] === 'export' && stop.abort(new Error('stopped')),
    };
    const going = workshop.export(built.file, stick, { partBytes, events, signal: stop.signal });
    await expect(going).rejects.toThrow('stopped');
    expect((await readdir(stick)).filter((name) => name.endsWith('.parts.json'))).toEqual([]);
    await exported();
    await (await workshop.open(stick)).close();
  });

  it('needs parts of 4 MiB at least', async () => {
    await expect(exported(stick, built.file, { partBytes: 1000 })).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

it('a reader that stops early leaves the bundle open for the others', async () => {
  const bundle = await workshop.open(built.file);
  const [, , layer] = await bundle.blobs(bundle.artifact('big'));
  const digest = layer?.digest ?? built.digest;
  for await (const piece of bundle.readBlob(digest)) {
    expect(piece).toBeInstanceOf(Buffer);
    break;
  }
  bundle.readBlob(digest).destroy();
  expect(digestOf(await buffer(bundle.readBlob(digest)))).toBe(digest);
  await bundle.close();
});
