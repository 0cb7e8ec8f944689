import { copyFile, mkdtemp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../../installer/base/digest.ts';
import type { PerimeterError } from '../../../../installer/base/errors.ts';
import { makePrivateKey, signerOf } from '../../../../installer/base/signature.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { SigningKeys } from '../../../../installer/bundle/signing-keys.ts';
import { formatStatement } from '../../../../installer/bundle/statements.ts';
import { indexFile, paddingOf } from '../../../../installer/oci/layout-tar.ts';
import { parseIndex } from '../../../../installer/oci/manifest.ts';
import { annotationKeys } from '../../../../installer/oci/media-types.ts';
import { largeWorkshop } from '../../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../../fixtures/small-bundle.ts';
import { flipBytes, placesIn, type TarPlace } from '../../../support/damage.ts';
import { type ImportSite, importSite } from '../../../support/import-site.ts';
import { rewriteLayout } from '../../../support/rewrite-layout.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let blobs: TarPlace[];
let folder: string;
let damaged: string;
let site: ImportSite;

beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
  blobs = (await placesIn(built.file)).filter(({ name }) => name.startsWith('blobs/'));
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(workshop.folder, 'test-'));
  damaged = join(folder, 'damaged.tar');
  await copyFile(built.file, damaged);
  site = await importSite(workshop);
});

const came = async (): Promise<string[]> =>
  (await readdir(join(site.store, 'blobs', 'sha256')).catch(() => [] as string[])).map(
    (name) => `blobs/sha256/${name}`,
  );
const refusal = async (path = damaged, store = site.store): Promise<PerimeterError> =>
  await site.bring(path, { store }).then(
    () => {
      throw new Error('it was taken');
    },
    (error: PerimeterError) => error,
  );

/** The same words in the two ways a bundle comes in: copied off another file system, and served in place. */
async function expectRefusedBothWays(sentence: RegExp): Promise<void> {
  for (const store of [site.store, join(folder, 'store')]) {
    const { code, findings } = await refusal(damaged, store);
    expect(code).toBe('E_BUNDLE_DAMAGED');
    expect(findings.join('\n')).toMatch(sentence);
    await expect(stat(join(store, 'current'))).rejects.toMatchObject({ code: 'ENOENT' });
  }
}

/** Another index under the builder's own signature: all that is wrong with it then is what it says. */
async function resign(change: (index: ReturnType<typeof parseIndex>) => object): Promise<void> {
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  let text = '';
  await rewriteLayout(built.file, damaged, (name, content) => {
    if (name === indexFile) {
      const { annotations, ...rest } = change(parseIndex(String(content), name)) as {
        annotations: Record<string, string>;
      };
      const { [annotationKeys.indexDigest]: _own, ...others } = annotations;
      const digest = digestOf(canonicalJson({ ...rest, annotations: others }));
      text = canonicalJson({ ...rest, annotations: { ...others, [annotationKeys.indexDigest]: digest } });
      return Buffer.from(text);
    }
    return name === `${indexFile}.sig` ? Buffer.from(`${signer.sign(text)}\n`) : content;
  });
}

describe('what is no blob is looked at whichever way a bundle comes in', () => {
  it('the marker of the layout', async () => {
    const [marker] = await placesIn(damaged);
    await flipBytes(damaged, marker?.content ?? 0);
    await expectRefusedBothWays(/^oci-layout .* is not what the OCI specification asks for$/m);
    expect((await came()).length).toBe(blobs.length);
    expect(await site.bring(built.file)).toMatchObject({ copiedBytes: 0, wasThere: false });
  });

  it('the empty bytes after a blob, whatever it is', async () => {
    for (const { content, sizeBytes } of [blobs[0], blobs.at(-1)] as TarPlace[]) {
      await copyFile(built.file, damaged);
      if (paddingOf(sizeBytes) === 0) continue;
      site = await importSite(workshop);
      await flipBytes(damaged, content + sizeBytes);
      await expectRefusedBothWays(/the empty bytes after it/);
    }
  });

  it('a file that belongs to no artifact', async () => {
    const content = Buffer.from('a stranger');
    await rewriteLayout(built.file, damaged, (_name, bytes) => bytes);
    const name = `blobs/sha256/${digestOf(content).slice('sha256:'.length)}`;
    const whole = await readFile(damaged);
    const { tarHeader } = await import('../../../../installer/oci/layout-tar.ts');
    const file = Buffer.concat([
      tarHeader(name, content.length),
      content,
      Buffer.alloc(paddingOf(content.length)),
    ]);
    await writeFile(damaged, Buffer.concat([whole.subarray(0, -1024), file, whole.subarray(-1024)]));
    await expectRefusedBothWays(new RegExp(`${name} belongs to no artifact`));
    expect(await came()).not.toContain(name);
  });

  it('the format that the index says', async () => {
    await resign((index) => ({
      ...index,
      annotations: { ...index.annotations, [annotationKeys.bundleFormat]: '99' },
    }));
    await expectRefusedBothWays(/bundle format 99 is not known/);
  });

  it('what a bill of materials is about', async () => {
    await resign((index) => {
      const of = (entry: (typeof index.manifests)[number]): string | undefined =>
        entry.annotations?.[annotationKeys.attachmentOf];
      const swap: Record<string, string> = { tool: 'web', web: 'tool' };
      const manifests = index.manifests.map((entry) => {
        const other = swap[of(entry) ?? ''];
        return other === undefined
          ? entry
          : { ...entry, annotations: { ...entry.annotations, [annotationKeys.attachmentOf]: other } };
      });
      return { ...index, manifests };
    });
    await expectRefusedBothWays(/^tool: its sbom .* is about something else$/m);
  });
});

it('a list of parts that somebody else signed is refused before anything is written', async () => {
  const stick = join(folder, 'stick');
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  const { list } = await workshop.export(built.file, stick);
  const { payload } = JSON.parse(await readFile(list, 'utf8')) as { payload: object };
  const stranger = signerOf(makePrivateKey(undefined), undefined);
  await writeFile(list, formatStatement({ ...payload }, stranger));
  for (const store of [site.store, join(folder, 'store')]) {
    expect(await refusal(stick, store)).toMatchObject({
      code: 'E_KEY_UNKNOWN',
      message: expect.stringContaining('The list of parts'),
    });
    await expect(stat(store)).rejects.toMatchObject({ code: 'ENOENT' });
  }
  await writeFile(list, formatStatement({ ...payload, bundle: digestOf('another') }, signer));
  expect((await refusal(stick)).message).toContain('belongs to another bundle');
});

describe('a damaged header', () => {
  it('hides nothing behind it, nor the blob whose header it is: all came in, and the medium is refused', async () => {
    const middle = blobs[Math.floor(blobs.length / 2)];
    await flipBytes(damaged, (middle?.header ?? 0) + 3);
    const { code, findings, message } = await refusal();
    expect(code).toBe('E_BUNDLE_DAMAGED');
    expect(message).toContain('what was whole came in and stays');
    expect(findings).toEqual([`byte ${middle?.header}: a header is damaged`]);
    expect((await came()).toSorted()).toEqual(blobs.map(({ name }) => name).toSorted());
    expect(await site.bring(built.file)).toMatchObject({ copiedBytes: 0 });
  });

  it('and the content behind it: that blob alone is missing', async () => {
    const middle = blobs[Math.floor(blobs.length / 2)];
    const name = middle?.name ?? '';
    await flipBytes(damaged, middle?.header ?? 0, 600);
    const { findings } = await refusal();
    expect(findings[0]).toBe(`byte ${middle?.header}: a header is damaged`);
    expect(findings.slice(1)).toEqual([
      expect.stringMatching(new RegExp(`blob sha256:${name.slice('blobs/sha256/'.length)} is missing$`)),
    ]);
    expect((await came()).toSorted()).toEqual(
      blobs
        .map((blob) => blob.name)
        .filter((one) => one !== name)
        .toSorted(),
    );
  });

  it('of several files, in the empty blocks that stand where one was', async () => {
    const places = [blobs[2], blobs[5]];
    for (const place of places) {
      const bytes = await readFile(damaged);
      bytes.fill(0, place?.header, (place?.header ?? 0) + 512);
      await writeFile(damaged, bytes);
    }
    const { findings } = await refusal();
    expect(findings.join('\n')).not.toContain('not looked at');
    expect(await came()).toHaveLength(blobs.length);
  });

  it('in an index that cannot be trusted takes nothing in', async () => {
    const index = (await placesIn(damaged)).find(({ name }) => name === indexFile);
    await flipBytes(damaged, index?.header ?? 0);
    expect(await refusal()).toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      message: expect.stringContaining('nothing came in'),
    });
    await expect(stat(site.store)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a medium that ends early, or says nothing from some place on', () => {
  it('what lies before the cut comes in; how much is cut off is told', async () => {
    const at = blobs.at(-3);
    await truncate(damaged, (at?.content ?? 0) + 10);
    const { findings } = await refusal();
    expect(findings[0]).toMatch(/the file ends here, inside .* of which 10 B of/);
    expect(findings.at(-1)).toBe('3 blobs behind it were cut off');
    expect(await came()).toHaveLength(blobs.length - 3);
    expect((await site.bring(built.file)).copiedBytes).toBe(
      blobs.slice(-3).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  });

  it('says how many blobs were not looked at where nothing tells where they begin', async () => {
    const from = blobs.at(-3);
    const bytes = await readFile(damaged);
    bytes.fill(0xa5, from?.header);
    await writeFile(damaged, bytes);
    const { findings } = await refusal();
    expect(findings).toEqual([
      `byte ${from?.header}: a header is damaged`,
      `3 blobs behind it were not looked at: from byte ${from?.header} on nothing tells where one begins`,
    ]);
  });
});
