import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isPerimeterError, type PerimeterError } from '../../../installer/base/errors.ts';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import type { ExportedBundle } from '../../../installer/bundle/export-bundle.ts';
import { repairBundle } from '../../../installer/bundle/repair-bundle.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import { noise } from '../../fixtures/made-bundle.ts';
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

describe('damage on the way', () => {
  let names: string[];
  beforeEach(async () => {
    names = (await exported()).parts.map(({ name }) => name);
  });
  const part = (index: number): string => join(stick, names[index] ?? '');

  it('is told by part and byte range, with what to carry again', async () => {
    await flipBit(part(2), 5);
    const { code, findings, hint } = await refusal(stick);
    expect(code).toBe('E_BUNDLE_DAMAGED');
    expect(findings[0]).toMatch(new RegExp(`^${names[2]} is damaged at bytes 0 to \\d+$`));
    expect(findings[1]).toMatch(/^big: blob sha256:.* is damaged/);
    expect(hint).toBe(`Carry again: ${names[2]}`);
  });

  it('takes no damaged index for that of another bundle', async () => {
    const beginning = await readFile(part(0));
    await flipBit(part(0), beginning.indexOf('"annotations"') + 40);
    expect((await refusal(stick)).findings[0]).toMatch(new RegExp(`^${names[0]} is damaged at bytes 0 to`));
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

  const swap = async (one: string, other: string): Promise<void> => {
    await rename(one, `${one}.x`);
    await rename(other, one);
    await rename(`${one}.x`, other);
  };
  /** Does what a hint tells a person to paste. */
  const paste = async (hint: string): Promise<void> => {
    const [, command = 'false'] = /^Rename what has the wrong name:\n {2}(mv .*)$/m.exec(hint) ?? [];
    await promisify(execFile)('sh', ['-c', command]);
  };

  it('names parts that were swapped, and has them renamed, not carried again', async () => {
    await swap(part(0), part(1));
    const { findings, hint } = await refusal(stick);
    expect(findings.slice(0, 2)).toEqual([
      `${names[0]} holds the content of ${names[1]}: they were swapped`,
      `${names[1]} holds the content of ${names[0]}: they were swapped`,
    ]);
    expect(hint).not.toContain('Carry again');
    await paste(hint);
    await (await workshop.open(stick)).close();
  });

  it('knows swapped parts by their content where their sizes differ, and one that has another name', async () => {
    await swap(part(0), part(2));
    await rename(part(1), join(stick, 'download (1)'));
    const { findings, hint } = await refusal(stick);
    expect(findings).toEqual([
      `${names[2]} holds the content of ${names[0]}`,
      `download (1) holds the content of ${names[1]}`,
      `${names[0]} holds the content of ${names[2]}`,
    ]);
    await paste(hint);
    await (await workshop.open(stick)).close();
  });

  it('has only those carried again that are nowhere', async () => {
    await rename(part(2), part(0));
    const { findings, hint } = await refusal(stick);
    expect(findings).toEqual([
      `${names[0]} has ${built.sizeBytes - 2 * partBytes} bytes instead of ${partBytes}`,
      `${names[0]} holds the content of ${names[2]}`,
    ]);
    expect(hint.split('\n')).toEqual([
      'Rename what has the wrong name:',
      `  mv ${part(0)} ${part(2)}`,
      `Carry again: ${names[0]}`,
    ]);
  });

  it('says of a part of one chunk that it may be of another bundle, where nothing in it tells', async () => {
    await writeFile(part(1), (await readFile(part(1))).toReversed());
    expect((await refusal(stick)).findings[0]).toBe(
      `${names[1]} is damaged at bytes 0 to ${partBytes}, or belongs to another bundle`,
    );
  });

  it('names the bundle that a strange part is of: by its beginning, by a list that lies beside it, by its blobs', async () => {
    const [whole, other] = [join(stick, 'other'), join(workshop.folder, 'other.tar')];
    await workshop.write('big/content', noise(11_000_000, 'bigger'));
    const strangeBundle = await workshop.build({ out: other });
    await workshop.write('big/content', noise(11_000_000, 'big'));
    const strange = await exported(whole, other);
    const base = `perimeter-${strangeBundle.digest.slice(7, 19)}`;
    const ours = await Promise.all(names.map((_, index) => readFile(part(index))));
    const findingsWith = async (index: number): Promise<string> => {
      await writeFile(part(index), await readFile(join(whole, strange.parts[index]?.name ?? '')));
      const { findings } = await refusal(part(0));
      await writeFile(part(index), ours[index] ?? '');
      return findings.join('\n');
    };
    expect(await findingsWith(0)).toContain(
      `${names[0]} is not of this bundle: it is the beginning of ${base}\n`,
    );
    expect(await findingsWith(1)).toContain(
      `${names[1]} is damaged at bytes 0 to ${partBytes}, or belongs to another bundle\n`,
    );
    expect(await findingsWith(2)).toMatch(
      new RegExp(`^${names[2]} is not of this bundle: it holds the blob sha256:[a-f0-9]{64}, `),
    );
    await copyFile(strange.list, join(stick, `${base}.parts.json`));
    expect(await findingsWith(1)).toContain(
      `${names[1]} is not of this bundle: it is ${base}.002 of ${base}.parts.json\n`,
    );
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
      hint: expect.stringContaining('Carry lonely.parts.json again'),
    });
    await copyFile(join(stick, `${names[0]?.slice(0, -4)}.parts.json`), join(stick, 'more.parts.json'));
    expect((await refusal(stick)).message).toContain('several bundles');
    const nothing = await refusal(workshop.options.cacheRoot);
    expect(nothing.message).toContain('There is no bundle in');
    expect(nothing.hint).not.toContain('bundle build');
  });

  it('says which list is missing where the parts are all there', async () => {
    const list = names[0]?.replace('.001', '.parts.json') ?? '';
    await rm(join(stick, list));
    const { code, message, hint } = await refusal(stick);
    expect(code).toBe('E_BUNDLE_MISSING');
    expect(message).toContain(`holds parts of a bundle (${names.join(', ')})`);
    expect(hint).toBe(`Carry ${list} again, into the folder of the parts: ${stick}`);
  });

  it('takes the one plain file that lies in a folder, and asks which of several', async () => {
    const folder = join(stick, 'plain');
    await mkdir(folder);
    await copyFile(built.file, join(folder, 'bundle.tar'));
    const bundle = await workshop.open(folder);
    await bundle.close();
    expect(bundle.digest).toBe(built.digest);
    await copyFile(built.file, join(folder, 'older.tar'));
    expect((await refusal(folder)).message).toContain('several bundles in');
  });

  it('has a plain file carried again, which the closed side cannot build', async () => {
    const file = join(stick, 'plain.tar');
    await copyFile(built.file, file);
    await flipBit(file, 100_000);
    expect((await refusal(file)).hint).toBe(
      `Carry plain.tar in again, and compare it with the original on both sides: sha256sum ${file}`,
    );
  });

  it('cannot be mended without parity, and says so', async () => {
    const trust = await workshop.trust();
    expect(await repairBundle(stick, { trust })).toEqual([]);
    await flipBit(part(1), 5);
    await expect(repairBundle(stick, { trust })).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      hint: `Carry again: ${names[1]}\nNext time: perimeter bundle export --parity 5%`,
      findings: [expect.stringContaining(`${names[1]} is damaged at bytes 0 to ${partBytes}`)],
    });
    await expect(repairBundle(workshop.folder, { trust })).rejects.toMatchObject({
      code: 'E_BUNDLE_MISSING',
    });
  });
});
