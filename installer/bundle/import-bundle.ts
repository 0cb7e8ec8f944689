import { mkdir, readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type Digest, digestOf, hexOf } from '../base/digest.ts';
import { DefectError, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { writeFileAtomic } from '../base/files.ts';
import { withMachineLock } from '../base/machine-lock.ts';
import type { Signer } from '../base/signature.ts';
import { indexFile } from '../oci/layout-tar.ts';
import { parseIndex } from '../oci/manifest.ts';
import type { Site } from '../site/site.ts';
import { factsOfIndex } from './bundle-index.ts';
import { deltaFile, requireFittingDelta } from './delta/delta-statement.ts';
import { openMedium } from './media/medium.ts';
import { openBundle } from './open-bundle.ts';
import { admitImport } from './store/admit-import.ts';
import { blobsOf } from './store/blobs-of.ts';
import { bringIn, ownFiles } from './store/bring-in.ts';
import { completeLayout } from './store/complete-layout.ts';
import { dropDamaged } from './store/drop-damaged.ts';
import { type ImportReceipt, readReceipt, receiptKind, rootOf } from './store/receipt.ts';
import { scan } from './store/scan.ts';
import { StoreBlobs } from './store/store-blobs.ts';
import { storePaths } from './store/store-paths.ts';
import { readSignature } from './trust/bundle-signature.ts';
import { refuseSigner } from './trust/refuse-signer.ts';
import { formatStatement } from './trust/signed-statement.ts';
import { requireTrusted, trustOfSite } from './trust.ts';
import { readLayoutFile, type ScannedLayout, scanLayout } from './verify/scan-layout.ts';

export { currentOf } from './store/admit-import.ts';
export { isStore } from './store/open-store.ts';

export interface ImportOptions {
  /** Folder of the site's store; made when it is not there. */
  readonly store: string;
  readonly site: Site;
  /** The importer's key: signs the receipt. */
  readonly signer: Signer;
  /** Holds every blob that the store has against its digest, and brings the damaged ones in again. */
  readonly again?: boolean;
  /** A signed statement that lets an older bundle through. */
  readonly downgradeFile?: string | undefined;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

export interface ImportedBundle {
  readonly receipt: ImportReceipt;
  readonly receiptFile: string;
  /** Bytes that were copied this time. */
  readonly copiedBytes: number;
  /** True when it was accepted before: nothing was done. */
  readonly wasThere: boolean;
}

/**
 * Brings a bundle, its parts or a delta into a site's store: signature, age, digests of all blobs, scanner, signed receipt. Every
 * blob is journalled; run again after whatever happened, it goes on at the blob it was at. Nothing counts before the receipt.
 */
export async function importBundle(path: string, options: ImportOptions): Promise<ImportedBundle> {
  const store = resolve(options.store);
  await mkdir(store, { recursive: true });
  const name = `store ${hexOf(digestOf(store)).slice(0, 16)}`;
  const onWait = (holder: string): void =>
    options.events?.emit({
      kind: 'note',
      scope: ['bundle', 'import'],
      text: `waiting for process ${holder}, which uses this store`,
    });
  return await withMachineLock(name, { signal: options.signal, onWait }, () =>
    importLocked(path, { ...options, store }),
  );
}

async function importLocked(path: string, options: ImportOptions): Promise<ImportedBundle> {
  const { store, site, signer, events = silentEvents, signal } = options;
  const { importerKeys } = site.trust;
  const trust = trustOfSite(site);
  if (importerKeys.length > 0)
    requireTrusted('The import receipt to be', [signer.fingerprint], { ...trust, keys: importerKeys });
  const medium = await openMedium(path);
  const blobs = await StoreBlobs.open(store);
  try {
    const source = scanLayout(medium.extents);
    const { trustedAs, digest, signedBy } = await identify(path, source, options);
    requireFittingDelta(source, digest, site, trust);
    const known = await readReceipt(storePaths.receipt(store, digest)).catch(() => undefined);
    const layout = completeLayout(
      ownFiles(source),
      (blob) => source.files.get(`blobs/sha256/${hexOf(blob)}`) ?? blobs.find(blob),
    );
    const facts = factsOfIndex(parseIndex(String(readLayoutFile(fileOf(source, indexFile))), indexFile));
    const age = await admitImport(store, site, { path, digest, ...facts }, options.downgradeFile);
    const receiptFile = storePaths.receipt(store, digest);
    if (options.again === true) await dropDamaged(store, layout, blobs, signal);
    if (known !== undefined && known.fingerprint === signer.fingerprint && isComplete(layout, blobs)) {
      await accept(store, digest);
      return { receipt: known.payload, receiptFile, copiedBytes: 0, wasThere: true };
    }
    const brought = await step(events, ['bundle', 'import'], `Bring ${path} into ${store}`, () =>
      bringIn({ store, digest, medium, source, layout, events, signal }),
    );
    const { scanner: command } = site.import;
    const scanner =
      command === undefined
        ? null
        : await step(events, ['bundle', 'scan'], `Scan it: ${command.join(' ')}`, () =>
            scan(command, brought.scanPath, storePaths.bundle(store, digest), signal),
          );
    const contents = blobsOf(layout);
    const receipt: ImportReceipt = {
      kind: receiptKind,
      site: site.name,
      bundle: digest,
      version: facts.version,
      sequence: facts.sequence,
      signedBy,
      trustedAs,
      root: rootOf(contents),
      blobs: contents.length,
      sizeBytes: contents.reduce((sum, blob) => sum + blob.sizeBytes, 0),
      carriedAs: source.files.has(deltaFile) ? 'delta' : 'bundle',
      keptAs: brought.keptAs,
      checks: [
        `signature of the index by the key "${trustedAs}"`,
        age,
        'size and SHA-256 of every blob',
        ...(scanner === null ? [] : ['scanner']),
      ],
      scanner,
      by: `${userInfo().username}@${hostname()}`,
      at: new Date().toISOString(),
    };
    await writeFileAtomic(receiptFile, formatStatement({ ...receipt }, signer));
    await accept(store, digest);
    return { receipt, receiptFile, copiedBytes: brought.copiedBytes, wasThere: false };
  } finally {
    await blobs.close();
    await medium.close();
  }
}

/** Who signed, before a single blob is read. Damage in the index is told by opening the bundle as a whole. */
async function identify(
  path: string,
  source: ScannedLayout,
  { site, events = silentEvents }: ImportOptions,
): Promise<{ trustedAs: string; digest: Digest; signedBy: string }> {
  const trust = trustOfSite(site);
  const signature = readSignature(source);
  const trustedAs = refuseSigner(path, signature, trust);
  if (signature.state === 'signed' && trustedAs !== undefined && source.broken === undefined)
    return {
      trustedAs,
      digest: digestOf(readLayoutFile(fileOf(source, indexFile))),
      signedBy: signature.vouchers[0] ?? '',
    };
  await (await openBundle(path, { trust, events })).close();
  throw new DefectError('a bundle with a damaged index was opened');
}

function fileOf(source: ScannedLayout, name: string): NonNullable<ReturnType<ScannedLayout['files']['get']>> {
  const file = source.files.get(name);
  if (file === undefined)
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle has no ${name}`,
      hint: 'Carry it in again.',
    });
  return file;
}

/** True when the store has every blob in its size. Their contents are verified by whoever opens the store. */
function isComplete(layout: ScannedLayout, blobs: StoreBlobs): boolean {
  return blobsOf(layout).every(({ digest, sizeBytes }) => blobs.find(digest)?.sizeBytes === sizeBytes);
}

async function accept(store: string, digest: Digest): Promise<void> {
  const current = (await readFile(storePaths.current(store), 'utf8').catch(() => '')).trim();
  if (current !== digest) await writeFileAtomic(storePaths.current(store), `${digest}\n`);
}
