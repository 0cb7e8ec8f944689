import { copyFile, open, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let damaged: string;

beforeAll(async () => {
  workshop = await smallWorkshop();
  built = await workshop.build();
  damaged = join(workshop.folder, 'damaged.tar');
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function problemsOf(file: string): Promise<readonly string[]> {
  try {
    await (await workshop.open(file)).close();
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    return (error as { findings: readonly string[] }).findings;
  }
}

describe('a whole bundle', () => {
  it('gives every artifact, manifest and blob as it was put in', async () => {
    const bundle = await workshop.open(built.file, { lock: built.lock });
    expect(bundle.digest).toBe(built.digest);
    expect(bundle.artifacts.map((artifact) => artifact.name)).toEqual(['data', 'tool', 'web']);
    expect(bundle.artifacts).toEqual(built.artifacts);
    for (const artifact of bundle.artifacts) {
      const blobs = await bundle.blobs(artifact);
      expect(blobs[0]?.digest).toBe(artifact.digest);
      expect(blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0)).toBe(artifact.sizeBytes);
      for (const { digest, sizeBytes } of blobs) {
        const content = await buffer(bundle.readBlob(digest));
        const pieces: Buffer[] = [];
        for await (const piece of bundle.blobPieces(digest, 1)) pieces.push(Buffer.from(piece));
        expect(Buffer.concat(pieces)).toEqual(content.subarray(1));
        expect(content).toHaveLength(sizeBytes);
        expect(digestOf(content)).toBe(digest);
        expect(await buffer(bundle.readBlob(digest, 1, 5))).toEqual(content.subarray(1, 6));
        expect(await buffer(bundle.readBlob(digest, sizeBytes))).toHaveLength(0);
      }
    }
    await bundle.close();
  });

  it('says which artifact it does not hold', async () => {
    const bundle = await workshop.open(built.file);
    expect(bundle.has('tool')).toBe(true);
    expect(() => bundle.artifact('toool')).toThrow('no artifact "toool"');
    await bundle.close();
  });

  it('stays the verified one when another file takes its place', async () => {
    await copyFile(built.file, damaged);
    const bundle = await workshop.open(damaged);
    const tool = (await bundle.blobs(bundle.artifact('tool')))[0];
    await writeFile(`${damaged}.other`, 'not a bundle');
    await rename(`${damaged}.other`, damaged);
    expect(digestOf(await buffer(bundle.readBlob(tool?.digest ?? built.digest)))).toBe(tool?.digest);
    await bundle.close();
  });
});

describe('a damaged bundle', () => {
  it('is refused wherever one byte is flipped', async () => {
    const whole = await readFile(built.file);
    // Every byte of the first files, and then a sample of the rest that meets headers, contents and padding.
    const places = [...Array(12_000).keys()].filter((at) => at % 97 === 0);
    for (let at = 12_000; at < whole.length; at += 8191) places.push(at);
    places.push(whole.length - 1, whole.length - 1024);
    await copyFile(built.file, damaged);
    const file = await open(damaged, 'r+');
    for (const at of places) {
      const byte = whole[at] ?? 0;
      await file.write(Buffer.of(byte ^ 0x20), 0, 1, at);
      expect(await problemsOf(damaged), `byte ${at}`).not.toEqual([]);
      await file.write(Buffer.of(byte), 0, 1, at);
    }
    await file.close();
    expect(await problemsOf(damaged)).toEqual([]);
    expect(places.length).toBeGreaterThan(150);
  }, 120_000);

  it('names artifact, blob and byte range of a flipped byte', async () => {
    const bundle = await workshop.open(built.file);
    const layer = (await bundle.blobs(bundle.artifact('web')))[2];
    await bundle.close();
    const whole = await readFile(built.file);
    const at = whole.indexOf(await blobContent(layer?.digest));
    whole[at + 7] = (whole[at + 7] ?? 0) ^ 1;
    await writeFile(damaged, whole);
    expect(await problemsOf(damaged)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^web: blob ${layer?.digest} \\(bytes ${at} to ${at + (layer?.sizeBytes ?? 0)}\\) is damaged`,
        ),
      ),
    ]);
  });

  it('is refused wherever it ends too early, with the place', async () => {
    const whole = await readFile(built.file);
    for (const bytes of [
      0,
      100,
      512,
      1500,
      20_000,
      60_000,
      whole.length >> 1,
      whole.length - 1024,
      whole.length - 1,
    ]) {
      await copyFile(built.file, damaged);
      await truncate(damaged, bytes);
      const problems = await problemsOf(damaged);
      expect(problems[0], `${bytes} bytes`).toMatch(new RegExp(`^byte ${bytes}: the file ends here`));
    }
  });

  it('names the artifacts whose content is missing after the cut', async () => {
    await copyFile(built.file, damaged);
    await truncate(damaged, 60_000);
    const problems = await problemsOf(damaged);
    expect(problems[0]).toMatch(/^byte 60000: the file ends here, inside (data|tool|web): blob sha256:/);
    expect(problems.filter((line) => line.endsWith('is missing')).length).toBeGreaterThan(0);
  });

  it('is refused when something follows its end, or it is no bundle at all', async () => {
    await writeFile(damaged, Buffer.concat([await readFile(built.file), Buffer.alloc(512)]));
    expect(await problemsOf(damaged)).toEqual([expect.stringContaining('behind the end')]);
    await writeFile(damaged, 'PK\u0003\u0004 something else entirely'.padEnd(4096, '.'));
    expect((await problemsOf(damaged))[0]).toContain('it is no bundle');
  });

  it('is not there: says so with another code', async () => {
    await expect(workshop.open('/nowhere/bundle.tar')).rejects.toMatchObject({ code: 'E_BUNDLE_MISSING' });
  });
});

describe('images.lock and a bundle', () => {
  it('must name the same artifacts by the same digests', async () => {
    const [first, ...rest] = built.lock.artifacts;
    const other = {
      ...built.lock,
      artifacts: [{ ...first, digest: digestOf('other') } as (typeof rest)[0] & object, ...rest],
    };
    await expect(workshop.open(built.file, { lock: other })).rejects.toMatchObject({
      code: 'E_LOCK_STALE',
      findings: [expect.stringMatching(/^data: digest is sha256:.* images\.lock says sha256:/)],
    });
  });

  it('must not name an artifact that the bundle does not hold', async () => {
    const artifacts = [...built.lock.artifacts, { ...built.lock.artifacts[0], name: 'more' } as never];
    await expect(workshop.open(built.file, { lock: { ...built.lock, artifacts } })).rejects.toMatchObject({
      code: 'E_LOCK_STALE',
      findings: ['more: is in images.lock, but there is no such artifact'],
    });
  });

  it('may name artifacts that were not chosen one by one', async () => {
    const web = await workshop.build({ names: ['web'], out: join(workshop.folder, 'web.tar') });
    const bundle = await workshop.open(web.file, { lock: built.lock });
    expect(bundle.artifacts.map((artifact) => artifact.name)).toEqual(['web']);
    await bundle.close();
  });

  it('may name artifacts of sets that were not chosen', async () => {
    const core = await workshop.build({ sets: ['core'], out: join(workshop.folder, 'core.tar') });
    const bundle = await workshop.open(core.file, { lock: built.lock });
    expect(bundle.artifacts).toHaveLength(1);
    await bundle.close();
  });
});

async function blobContent(digest: string | undefined): Promise<Buffer> {
  const hex = String(digest).slice('sha256:'.length);
  return await readFile(join(workshop.options.cacheRoot, 'blobs', 'sha256', hex));
}
