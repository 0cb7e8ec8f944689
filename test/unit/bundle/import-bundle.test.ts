import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import type { Events } from '../../../installer/base/events.ts';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import { admitBundle } from '../../../installer/bundle/accepted-bundles.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { formatDowngrade } from '../../../installer/bundle/downgrade.ts';
import { exportBundle } from '../../../installer/bundle/export-bundle.ts';
import { formatImagesLock } from '../../../installer/bundle/images-lock.ts';
import { openBundle } from '../../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { trustOfSite } from '../../../installer/bundle/trust.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import { samplePublicKey } from '../../fixtures/public-key.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';
import { importSite } from '../../support/import-site.ts';
import { rewriteLayout } from '../../support/rewrite-layout.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

const blobNames = async (store: string): Promise<string[]> =>
  (await readdir(join(store, 'blobs', 'sha256')).catch(() => [] as string[])).toSorted();
const onProgress = (work: () => void): Events => ({
  emit: (event) => void (event.kind === 'progress' && event.scope[1] === 'import' && work()),
});

describe('a bundle that is brought in', () => {
  it('lies in the store once, with a signed receipt, and opens as the same bundle', async () => {
    const { store, site, bring, importer } = await importSite(workshop);
    const { receipt, copiedBytes, wasThere } = await bring(built.file);
    expect(receipt).toMatchObject({
      bundle: built.digest,
      site: 'test',
      carriedAs: 'bundle',
      keptAs: 'copy',
      trustedAs: 'builder',
      scanner: null,
    });
    expect(receipt.by).toContain('@');
    expect([wasThere, copiedBytes]).toEqual([false, receipt.sizeBytes]);
    for (const name of await blobNames(store))
      expect(hexOf(digestOf(await readFile(join(store, 'blobs', 'sha256', name))))).toBe(name);
    expect((await readFile(join(store, 'journal.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(
      receipt.blobs,
    );
    const bundle = await openBundle(store, { trust: trustOfSite(site), lock: built.lock });
    expect(bundle).toMatchObject({ digest: built.digest, sizeBytes: built.sizeBytes });
    const [manifest] = await bundle.blobs(bundle.artifact('big'));
    expect(digestOf(await buffer(bundle.readBlob(manifest?.digest ?? built.digest)))).toBe(manifest?.digest);
    await bundle.close();
    // Out of the store comes the very file that went in.
    const out = join(workshop.folder, 'out');
    await exportBundle(store, { to: out, trust: trustOfSite(site), signer: importer });
    const [tar] = (await readdir(out)).filter((name) => name.endsWith('.tar'));
    expect((await readFile(join(out, tar ?? ''))).equals(await readFile(built.file))).toBe(true);
    await rm(out, { recursive: true });
  });

  it('is a folder that tools for OCI image layouts read', async () => {
    const { store, bring } = await importSite(workshop);
    await bring(built.file);
    const layout = join(store, 'bundles', hexOf(built.digest));
    const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    for (const { digest } of manifests) await stat(join(layout, 'blobs', digest.replace(':', '/')));
    expect(manifests.length).toBeGreaterThan(3);
  });

  it('again: nothing is copied, and the first receipt counts', async () => {
    const { bring } = await importSite(workshop);
    const first = await bring(built.file);
    const second = await bring(built.file);
    expect(second).toMatchObject({ copiedBytes: 0, wasThere: true, receipt: { at: first.receipt.at } });
  });

  it('is served in place where medium and store are one file system', async () => {
    const { bring, site } = await importSite(workshop);
    const store = join(workshop.folder, 'store');
    const { receipt, copiedBytes } = await bring(built.file, { store });
    expect([receipt.keptAs, copiedBytes, await blobNames(store)]).toEqual(['in place', 0, []]);
    await (await openBundle(store, { trust: trustOfSite(site) })).close();
    await rm(store, { recursive: true });
  });

  it('comes in from parts as well', async () => {
    const stick = join(workshop.folder, 'parts');
    const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
    await exportBundle(built.file, { to: stick, partBytes: 4 << 20, trust: await workshop.trust(), signer });
    const copied = await importSite(workshop);
    expect((await copied.bring(stick)).receipt).toMatchObject({ bundle: built.digest, keptAs: 'copy' });
    const store = join(workshop.folder, 'store-of-parts');
    expect((await copied.bring(stick, { store })).receipt.keptAs).toBe('in place');
    await (await openBundle(store, { trust: trustOfSite(copied.site) })).close();
  });
});

describe('an interrupted import', () => {
  it('goes on at the blob it was at: what came in is not copied again', async () => {
    const { store, bring } = await importSite(workshop);
    const stop = new AbortController();
    const events = onProgress(() => stop.abort(new Error('stopped')));
    await expect(bring(built.file, { events, signal: stop.signal })).rejects.toThrow('stopped');
    const before = await Promise.all(
      (await blobNames(store)).map(
        async (name) => [name, (await stat(join(store, 'blobs', 'sha256', name))).ino] as const,
      ),
    );
    expect(before.every(([name]) => !name.includes('partial'))).toBe(true);
    await expect(openBundle(store, { trust: await workshop.trust() })).rejects.toMatchObject({
      code: 'E_BUNDLE_MISSING',
    });
    await bring(built.file);
    for (const [name, ino] of before)
      expect((await stat(join(store, 'blobs', 'sha256', name))).ino).toBe(ino);
  });

  it('says that the medium went away, and goes on when it is back', async () => {
    const { bring } = await importSite(workshop);
    const pulled = join(workshop.folder, 'pulled.tar');
    await copyFile(built.file, pulled);
    let done = false;
    const events = onProgress(() => {
      if (done) return;
      done = true;
      void truncate(pulled, 100_000);
    });
    await expect(bring(pulled, { events })).rejects.toMatchObject({ code: 'E_MEDIUM', retryable: true });
    await copyFile(built.file, pulled);
    expect((await bring(pulled)).receipt.bundle).toBe(built.digest);
  });
});

describe('what is refused', () => {
  it('a signer that the site does not trust, before a byte is copied', async () => {
    const { site, store, bring } = await importSite(workshop);
    const trust = { ...site.trust, bundleKeys: [{ name: 'other', publicKey: samplePublicKey() }] };
    await expect(bring(built.file, { site: { ...site, trust } })).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
    });
    const expired = {
      ...site.trust,
      bundleKeys: site.trust.bundleKeys.map((key) => ({ ...key, notAfter: '2020-01-01' })),
    };
    await expect(bring(built.file, { site: { ...site, trust: expired } })).rejects.toMatchObject({
      code: 'E_KEY_EXPIRED',
    });
    expect(await blobNames(store)).toEqual([]);
  });

  it('an importer that the site does not know, and a receipt by one', async () => {
    const { site, store, bring } = await importSite(workshop);
    const stranger = signerOf(makePrivateKey(undefined), undefined);
    await expect(bring(built.file, { signer: stranger })).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
      message: expect.stringContaining(
        'The import receipt would be signed by a key that is not trusted here',
      ),
      hint: expect.stringMatching(/--signing-key NAME.*\n {2}perimeter bundle key show importer --yaml/),
      findings: [expect.stringContaining('(trust.importerKeys): importer sha256:')],
    });
    await bring(built.file, {
      signer: stranger,
      site: { ...site, trust: { ...site.trust, importerKeys: [] } },
    });
    await expect(openBundle(store, { trust: trustOfSite(site) })).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
      message: expect.stringContaining('import receipt'),
    });
  });

  it('an unsigned bundle, and one with a damaged signature', async () => {
    const { bring } = await importSite(workshop);
    const changed = join(workshop.folder, 'changed.tar');
    await rewriteLayout(built.file, changed, (name, content) =>
      name.startsWith('index.json.') ? undefined : content,
    );
    await expect(bring(changed)).rejects.toMatchObject({ code: 'E_BUNDLE_UNSIGNED' });
    await rewriteLayout(built.file, changed, (name, content) =>
      name === 'index.json.sig' ? Buffer.from('AAAA\n') : content,
    );
    await expect(bring(changed)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('an older bundle than the site has', async () => {
    const { site, bring } = await importSite(workshop);
    await (
      await admitBundle(site, { path: 'newer.tar', digest: digestOf('newer'), version: '9', sequence: 9 })
    ).record();
    await expect(bring(built.file)).rejects.toMatchObject({ code: 'E_BUNDLE_OLDER' });
  });

  it('an older bundle than the store has, unless it is signed for', async () => {
    const { site, bring, importer } = await importSite(workshop);
    const older = await workshop.build({ names: ['web'], out: join(workshop.folder, 'older.tar') });
    await writeFile(workshop.options.lockFile, formatImagesLock({ ...built.lock, sequence: 4 }));
    const newer = await workshop.build({ out: join(workshop.folder, 'newer.tar') });
    await rm(workshop.options.lockFile);
    await bring(newer.file);
    await expect(bring(older.file)).rejects.toMatchObject({
      code: 'E_BUNDLE_OLDER',
      hint: expect.stringContaining('perimeter bundle downgrade'),
    });
    const downgradeFile = join(workshop.folder, 'downgrade.json');
    const about = { site: site.name, bundle: older.digest, replaces: newer.digest, reason: 'INC-7' };
    await writeFile(downgradeFile, formatDowngrade({ ...about, replaces: older.digest }, importer));
    await expect(bring(older.file, { downgradeFile })).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
    await writeFile(downgradeFile, formatDowngrade(about, importer));
    const { receipt } = await bring(older.file, { downgradeFile });
    expect(receipt.checks.join()).toContain('let through by a signed downgrade: INC-7');
  });

  it('damaged blobs, all of them named, while the rest stays', async () => {
    const { store, bring } = await importSite(workshop);
    const changed = join(workshop.folder, 'damaged.tar');
    const large: string[] = [];
    await rewriteLayout(built.file, changed, (name, content) => {
      if (!name.startsWith('blobs/') || content.length < 90_000) return content;
      large.push(name.slice('blobs/sha256/'.length));
      return Buffer.concat([Buffer.of((content[0] ?? 0) ^ 1), content.subarray(1)]);
    });
    const refused = (await bring(changed).catch((error: unknown) => error)) as {
      code: string;
      findings: string[];
    };
    expect(refused.code).toBe('E_BUNDLE_DAMAGED');
    expect(refused.findings).toHaveLength(large.length);
    for (const hex of large) expect(refused.findings.join()).toContain(`blob sha256:${hex} `);
    expect((await blobNames(store)).length).toBeGreaterThan(3);
    expect((await bring(built.file)).receipt.bundle).toBe(built.digest);
  });

  it('a blob that lies about its size', async () => {
    const { bring } = await importSite(workshop);
    const changed = join(workshop.folder, 'longer.tar');
    await rewriteLayout(built.file, changed, (name, content) =>
      name.startsWith('blobs/') && content.length > 90_000
        ? Buffer.concat([content, Buffer.alloc(10)])
        : content,
    );
    await expect(bring(changed)).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: expect.arrayContaining([expect.stringMatching(/has \d+ bytes instead of \d+/)]),
    });
    await expect(workshop.open(changed)).rejects.toMatchObject({
      findings: expect.arrayContaining([expect.stringMatching(/has \d+ bytes instead of \d+/)]),
    });
  });

  it('a bundle that was cut off', async () => {
    const { bring } = await importSite(workshop);
    const cut = join(workshop.folder, 'cut.tar');
    await copyFile(built.file, cut);
    await truncate(cut, built.sizeBytes - 1_000_000);
    await expect(bring(cut)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('what rotted in the store since, when it is opened', async () => {
    const { store, site, bring } = await importSite(workshop);
    await bring(built.file);
    const [name = ''] = await blobNames(store);
    const rotten = await readFile(join(store, 'blobs', 'sha256', name));
    rotten[0] = (rotten[0] ?? 0) ^ 1;
    await writeFile(join(store, 'blobs', 'sha256', name), rotten);
    await expect(openBundle(store, { trust: trustOfSite(site) })).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: expect.arrayContaining([expect.stringContaining(name)]),
      hint: expect.stringContaining('--again'),
    });
    expect((await bring(built.file, { again: true })).copiedBytes).toBe(rotten.length);
    await (await openBundle(store, { trust: trustOfSite(site) })).close();
  });
});

describe('the scanner of the site', () => {
  it('sees the whole layout, and its verdict is signed for', async () => {
    const { bring, store } = await importSite(workshop, {
      import: { scanner: ['/bin/sh', '-c', 'ls "$1/blobs/sha256" | wc -l; echo seen', 'scan'] },
    });
    const { receipt } = await bring(built.file);
    expect(receipt.scanner).toMatchObject({ exitCode: 0 });
    expect(receipt.checks).toContain('scanner');
    const log = await readFile(join(store, 'bundles', hexOf(built.digest), 'scanner.log'), 'utf8');
    expect(log).toBe(`${(await blobNames(store)).length}\nseen\n`);
    expect(receipt.scanner?.output).toBe(digestOf(log));
  });

  it('refuses: nothing is accepted until it lets it through', async () => {
    const { bring, site, store } = await importSite(workshop, {
      import: { scanner: ['/bin/sh', '-c', 'echo found a worm; exit 3'] },
    });
    await expect(bring(built.file)).rejects.toMatchObject({
      code: 'E_IMPORT_REFUSED',
      message: expect.stringContaining('exit code 3'),
      findings: ['found a worm'],
    });
    await expect(openBundle(store, { trust: trustOfSite(site) })).rejects.toMatchObject({
      code: 'E_BUNDLE_MISSING',
    });
    expect((await bring(built.file, { site: { ...site, import: {} } })).copiedBytes).toBe(0);
  });

  it('that is not there is a refusal too', async () => {
    const { bring } = await importSite(workshop, { import: { scanner: ['/nowhere/scanner'] } });
    await expect(bring(built.file)).rejects.toMatchObject({
      code: 'E_IMPORT_REFUSED',
      message: expect.stringContaining('cannot be started'),
    });
  });
});

it('a store whose folder is a link elsewhere is used, not replaced', async () => {
  const { bring, store } = await importSite(workshop);
  await mkdir(`${store}-real`);
  await symlink(`${store}-real`, store);
  await bring(built.file);
  expect(await blobNames(`${store}-real`)).not.toEqual([]);
});
