import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { deltaFile, readDelta } from '../../../installer/bundle/delta/delta-statement.ts';
import { formatHave } from '../../../installer/bundle/have.ts';
import { type MadeDelta, makeDelta } from '../../../installer/bundle/make-delta.ts';
import { openVerified } from '../../../installer/bundle/open-bundle.ts';
import { type OpenDelta, openDelta } from '../../../installer/bundle/open-delta.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { formatStatement } from '../../../installer/bundle/trust/signed-statement.ts';
import { trustOfSite } from '../../../installer/bundle/trust.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';
import { type ImportSite, importSite } from '../../support/import-site.ts';
import { rewriteLayout } from '../../support/rewrite-layout.ts';

let workshop: SmallWorkshop;
let first: BuiltBundle;
let second: BuiltBundle;
let made: MadeDelta;
let site: ImportSite;
let folder: string;

beforeAll(async () => {
  workshop = await largeWorkshop();
  first = await workshop.build({ out: join(workshop.folder, 'first.tar') });
  await workshop.write('tool/content', noise(9_000_000, 'newer tool'));
  second = await workshop.build({ out: join(workshop.folder, 'second.tar') });
  const builder = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  const bundle = await openVerified(first.file, { trust: await workshop.trust() });
  const against = join(workshop.folder, 'have.json');
  await writeFile(against, formatHave('test', bundle, builder));
  await bundle.close();
  const out = join(workshop.folder, 'delta.tar');
  made = await makeDelta(second.file, { against, out, trust: await workshop.trust(), signer: builder });
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(workshop.folder, 'test-'));
  site = await importSite(workshop);
});

async function opened(path = made.file): Promise<OpenDelta | undefined> {
  return await openDelta(path, { trust: await workshop.trust() });
}

async function refused(path: string): Promise<{ code: string; findings: string[]; hint: string }> {
  return (await opened(path).then(
    () => ({ code: 'it was opened' }),
    (error: unknown) => error,
  )) as { code: string; findings: string[]; hint: string };
}

describe('a delta on its own', () => {
  it('says what it carries, for which artifacts, and what it needs', async () => {
    const delta = await opened();
    expect(delta).toMatchObject({
      digest: second.digest,
      sizeBytes: made.sizeBytes,
      carriedBytes: made.carriedBytes,
      delta: { against: first.digest, site: 'test' },
    });
    expect(delta?.delta.carried).toHaveLength(made.carried);
    expect(delta?.delta.expected).toHaveLength(made.expected);
    expect(delta?.artifacts.map(({ name }) => name)).toEqual(['big', 'data', 'tool', 'web']);
    const carried = delta?.carriedOf();
    expect(carried?.map(({ artifact }) => artifact.name)).toEqual(['tool']);
    expect(carried?.[0]?.carriedBytes).toBe(made.carriedBytes);
    await delta?.close();
  });

  it('is no bundle, and a bundle or a store is no delta', async () => {
    await expect(workshop.open(made.file)).rejects.toMatchObject({ code: 'E_DELTA_MISFIT' });
    expect(await opened(first.file)).toBeUndefined();
    await site.bring(first.file);
    expect(await openDelta(site.store, { trust: trustOfSite(site.site) })).toBeUndefined();
  });

  it('is told damaged, to the chunk, and what should be carried again', async () => {
    const file = join(folder, 'delta.tar');
    const bytes = await readFile(made.file);
    bytes.write('damage', bytes.length - 3_000_000);
    await writeFile(file, bytes);
    const { code, findings, hint } = await refused(file);
    expect(code).toBe('E_BUNDLE_DAMAGED');
    expect(findings).toEqual([
      expect.stringMatching(/^tool: blob sha256:\S+ \(bytes \d+ to \d+\) is damaged at bytes \d+ to \d+: /),
    ]);
    const [, from = 0, to = 0] = (/at bytes (\d+) to (\d+)/.exec(findings[0] ?? '') ?? []).map(Number);
    expect(to - from).toBeLessThanOrEqual(4 << 20);
    expect(hint).toContain('Carry delta.tar in again');
  });

  it.each([
    ['in its last blob', (size: number) => size - 100_000],
    ['behind its index', () => 20_000],
    ['within its own words', () => 700],
  ])('is told damaged when it was cut off %s, here and when it is brought in', async (_where, bytes) => {
    const file = join(folder, 'delta.tar');
    await copyFile(made.file, file);
    await truncate(file, bytes(made.sizeBytes));
    expect((await refused(file)).code).toBe('E_BUNDLE_DAMAGED');
    await site.bring(first.file);
    const bringing = site.bring(file);
    await expect(bringing).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: expect.arrayContaining([expect.stringContaining('the file ends here')]),
    });
    await expect(bringing).rejects.not.toMatchObject({ message: expect.stringContaining('is a delta') });
  });

  it('is refused when somebody else signed its words, or they are about another bundle', async () => {
    const changed = join(folder, 'delta.tar');
    const stranger = signerOf(makePrivateKey(undefined), undefined);
    const builder = await new SigningKeys(workshop.options.keysDirectory).open('builder');
    const resign = async (signer: typeof stranger, more: object): Promise<string> => {
      await rewriteLayout(made.file, changed, (name, content) => {
        if (name !== deltaFile) return content;
        const { payload } = JSON.parse(String(content)) as { payload: object };
        return Buffer.from(formatStatement({ ...payload, ...more }, signer));
      });
      return changed;
    };
    expect((await refused(await resign(stranger, {}))).code).toBe('E_KEY_UNKNOWN');
    expect((await refused(await resign(builder, { bundle: first.digest }))).code).toBe('E_DELTA_MISFIT');
    const more = { carried: [`${'a'.repeat(64)} 5`] };
    expect((await refused(await resign(builder, more))).findings).toEqual([
      `blob sha256:${'a'.repeat(64)}, which it should carry, is missing`,
    ]);
  });
});

describe('a delta in parts', () => {
  it('is cut, listed and told damaged as a bundle is, and comes in whole', async () => {
    const { parts, list } = await workshop.export(made.file, folder, { partBytes: 4 << 20 });
    expect(parts.length).toBeGreaterThan(2);
    const contents = await Promise.all(parts.map(({ name }) => readFile(join(folder, name))));
    expect(Buffer.concat(contents).equals(await readFile(made.file))).toBe(true);
    expect(list).toMatch(/perimeter-[a-f0-9]{12}-from-[a-f0-9]{12}\.parts\.json$/);
    await (await opened(folder))?.close();
    await site.bring(first.file);
    const second1 = join(folder, parts[1]?.name ?? '');
    const part = await readFile(second1);
    await writeFile(second1, part.toReversed());
    expect((await refused(folder)).findings[0]).toMatch(new RegExp(`^${parts[1]?.name} is damaged at`));
    await rm(second1);
    expect(await refused(folder)).toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      hint: `Carry again: ${parts[1]?.name}`,
    });
    await writeFile(second1, part);
    expect((await site.bring(folder)).receipt).toMatchObject({ bundle: second.digest, carriedAs: 'delta' });
  });
});

it('a delta that does not fit names every blob that is missing, those below a missing manifest too', async () => {
  const delta = await opened();
  const expected = delta === undefined ? [] : (readDelta(delta.layout)?.payload.expected ?? []);
  await delta?.close();
  const refusal = (await site.bring(made.file).catch((error: unknown) => error)) as {
    code: string;
    message: string;
    findings: string[];
  };
  expect(refusal.code).toBe('E_DELTA_MISFIT');
  expect(expected.length).toBeGreaterThan(10);
  expect(refusal.message).toContain(`the store lacks ${expected.length} blobs`);
  expect(refusal.findings).toEqual(
    expected.map(({ digest }) => `blob ${digest} is neither in the delta nor in the store`),
  );
});
