import { copyFile, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { isPerimeterError, type PerimeterError } from '../../../installer/base/errors.ts';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { type ExportedBundle, exportBundle } from '../../../installer/bundle/export-bundle.ts';
import { repairBundle } from '../../../installer/bundle/repair-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let stick: string;
const partBytes = 4 << 20;

beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function exported(
  to = stick,
  file = built.file,
  more: { partBytes?: number } = { partBytes },
): Promise<ExportedBundle> {
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  return await exportBundle(file, { to, trust: await workshop.trust(), signer, ...more });
}

async function refusal(path: string): Promise<PerimeterError> {
  const error = await workshop.open(path).then(
    () => new Error('it was opened'),
    (thrown: unknown) => thrown,
  );
  if (!isPerimeterError(error)) throw error;
  return error;
}

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
    await flip(second, 77);
    await exported();
    expect((await stat(first)).ino).toBe(before.ino);
    await (await workshop.open(stick)).close();
  });

  it('leaves no whole-looking part when it is interrupted', async () => {
    const stop = new AbortController();
    const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
    const events = {
      emit: ({ kind, scope }: { kind: string; scope: readonly string[] }) =>
        kind === 'progress' && scope[1] === 'export' && stop.abort(new Error('stopped')),
    };
    const going = exportBundle(built.file, {
      to: stick,
      partBytes,
      trust: await workshop.trust(),
      signer,
      events,
      signal: stop.signal,
    });
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

describe('damage on the way', () => {
  let names: string[];
  beforeEach(async () => {
    names = (await exported()).parts.map(({ name }) => name);
  });
  const part = (index: number): string => join(stick, names[index] ?? '');

  it('is told by part and byte range, with what to carry again', async () => {
    await flip(part(2), 5);
    const { code, findings, hint } = await refusal(stick);
    expect(code).toBe('E_BUNDLE_DAMAGED');
    expect(findings[0]).toMatch(new RegExp(`^${names[2]} is damaged at bytes 0 to \\d+$`));
    expect(findings[1]).toMatch(/^big: blob sha256:.* is damaged/);
    expect(hint).toContain(`Carry again: ${names[2]}.`);
  });

  it('names every part that is missing or too short', async () => {
    await rm(part(0));
    await truncate(part(1), 100);
    expect(await refusal(stick)).toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: [`${names[0]} is missing`, `${names[1]} has 100 bytes instead of ${partBytes}`],
      hint: `Carry again: ${names[0]}, ${names[1]}`,
    });
  });

  it('names parts that were swapped', async () => {
    await rename(part(0), `${part(0)}.x`);
    await rename(part(1), part(0));
    await rename(`${part(0)}.x`, part(1));
    expect((await refusal(stick)).findings.slice(0, 2)).toEqual([
      `${names[0]} holds the content of ${names[1]}: they were swapped`,
      `${names[1]} holds the content of ${names[0]}: they were swapped`,
    ]);
  });

  it('names a part of another bundle', async () => {
    const noise = await readFile(part(1));
    await writeFile(part(1), noise.toReversed());
    expect((await refusal(stick)).findings[0]).toContain(`${names[1]} is damaged`);
  });

  it('refuses the list of another bundle', async () => {
    const other = join(stick, 'other');
    const { list } = await exported(
      other,
      (await workshop.build({ names: ['big'], out: join(workshop.folder, 'big.tar') })).file,
    );
    await copyFile(list, join(stick, `${names[0]?.slice(0, -4)}.parts.json`));
    expect(await refusal(part(0))).toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      message: expect.stringContaining('not complete'),
    });
  });

  it('refuses a list that was changed, or that somebody else signed', async () => {
    const list = join(stick, `${names[0]?.slice(0, -4)}.parts.json`);
    const text = await readFile(list, 'utf8');
    await writeFile(list, text.replace('"version": "', '"version": "9'));
    expect((await refusal(stick)).code).toBe('E_STATEMENT_INVALID');
    const stranger = signerOf(makePrivateKey(undefined), undefined);
    const { payload } = JSON.parse(text) as { payload: object };
    const { formatStatement } = await import('../../../installer/bundle/trust/signed-statement.ts');
    await writeFile(list, formatStatement({ ...payload }, stranger));
    expect((await refusal(stick)).code).toBe('E_KEY_UNKNOWN');
  });

  it('tells a lonely part from a bundle, and two bundles from one', async () => {
    const lonely = join(workshop.folder, 'lonely.001');
    await copyFile(part(0), lonely);
    expect(await refusal(lonely)).toMatchObject({
      code: 'E_BUNDLE_MISSING',
      message: expect.stringContaining('one part of a bundle'),
    });
    await copyFile(join(stick, `${names[0]?.slice(0, -4)}.parts.json`), join(stick, 'more.parts.json'));
    expect((await refusal(stick)).message).toContain('several bundles');
    expect((await refusal(workshop.options.cacheRoot)).message).toContain('There is no bundle in');
  });

  it('cannot be mended without parity, and says so', async () => {
    const trust = await workshop.trust();
    await expect(repairBundle(stick, { trust })).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      hint: expect.stringContaining('--parity'),
    });
    await expect(repairBundle(workshop.folder, { trust })).rejects.toMatchObject({
      code: 'E_BUNDLE_MISSING',
    });
  });
});

async function flip(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+');
  const { buffer: bytes } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of((bytes[0] ?? 0) ^ 1), 0, 1, at);
}
