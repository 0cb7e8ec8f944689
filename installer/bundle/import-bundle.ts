import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Digest, digestOf, hexOf } from '../base/digest.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { writeFileAtomic } from '../base/files.ts';
import { withMachineLock } from '../base/machine-lock.ts';
import type { Signer } from '../base/signature.ts';
import { count, formatBytes } from '../base/units.ts';
import type { Site } from '../site/site.ts';
import type { UsedDowngrade } from './accepted-bundles.ts';
import { type BundleFacts, factsOfIndex } from './bundle-index.ts';
import { deltaFile, requireFittingDelta } from './delta/delta-statement.ts';
import { type Medium, openMedium } from './media/medium.ts';
import { refuseStrangeList } from './media/refuse-strange-list.ts';
import { accept } from './store/acceptances.ts';
import { admitImport } from './store/admit-import.ts';
import { type BringInWork, type BroughtIn, bringIn } from './store/bring-in.ts';
import { lookAtStored } from './store/look-at-stored.ts';
import { makeReceipt } from './store/make-receipt.ts';
import { type Freed, pruneStore } from './store/prune-store.ts';
import { type ImportReceipt, readReceipt } from './store/receipt.ts';
import { refuseImport } from './store/refuse-import.ts';
import { scan } from './store/scan.ts';
import { readSource, type Source, type WholeBundle, wholeBundle } from './store/source.ts';
import { Stamps } from './store/stamps.ts';
import { StoreBlobs } from './store/store-blobs.ts';
import { storePaths } from './store/store-paths.ts';
import { readSignature } from './trust/bundle-signature.ts';
import { refuseSigner } from './trust/refuse-signer.ts';
import { formatStatement } from './trust/signed-statement.ts';
import { requireMaySign, trustOfSite } from './trust.ts';
import { layoutIndex } from './verify/layout-index.ts';
import { verifyLayout } from './verify/verify-layout.ts';

export { currentOf } from './store/acceptances.ts';
export { isStore } from './store/open-store.ts';

export interface ImportOptions {
  /** Folder of the site's store; made when it is not there. */
  readonly store: string;
  readonly site: Site;
  /** The importer's key: signs the receipt. */
  readonly signer: Signer;
  /** Reads all that the store has of the bundle, changed since it came in or not, and replaces what rotted. */
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
  /** True when it was accepted before and is whole: nothing was brought in. */
  readonly wasThere: boolean;
  /** What went because neither this bundle nor the one before it needs it. */
  readonly freed: Freed;
}

/**
 * Brings a bundle, its parts or a delta into a site's store: signature, age, structure, digests of all blobs, scanner, signed receipt.
 * Every blob is journalled; run again after whatever happened, it goes on at the blob it was at. Nothing counts before the receipt.
 */
export async function importBundle(path: string, options: ImportOptions): Promise<ImportedBundle> {
  const store = resolve(options.store);
  const name = `store ${hexOf(digestOf(await realPathOf(store))).slice(0, 16)}`;
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

/** One store is one store, by whatever links it is reached, and before it is there. */
async function realPathOf(path: string): Promise<string> {
  if (dirname(path) === path) return path;
  return await realpath(path).catch(async () => join(await realPathOf(dirname(path)), basename(path)));
}

async function importLocked(path: string, options: ImportOptions): Promise<ImportedBundle> {
  const { store, site, signer, signal } = options;
  const trust = trustOfSite(site);
  if (trust.importers !== undefined)
    requireMaySign('The import receipt', signer.fingerprint, trust.importers);
  const medium = await openMedium(path);
  try {
    const source = await readSource(medium, signal);
    const { digest, version, sequence, trustedAs, vouchers } = await identify(medium, source, options);
    refuseStrangeList(medium, digest, vouchers, trust);
    const delta = requireFittingDelta(source, digest, site, trust);
    const candidate = { path, digest, version, sequence };
    const { age, downgrade } = await admitImport(store, site, candidate, options.downgradeFile);
    const stamps = await Stamps.read(store);
    // A downgrade is signed for anew each time.
    const known = downgrade === undefined ? await wholeAlready(digest, stamps, options) : undefined;
    if (known !== undefined)
      return { ...(await finish(known, undefined, options)), copiedBytes: 0, wasThere: true };
    const brought = await bring({ medium, source, digest, stamps, expected: delta?.expected }, options);
    const receipt = makeReceipt(
      {
        site: site.name,
        bundle: digest,
        version,
        sequence,
        signedBy: vouchers[0] ?? '',
        trustedAs,
        carriedAs: delta === undefined ? 'bundle' : 'delta',
        keptAs: brought.keptAs,
        scanner: await scanIfAsked(brought, digest, options),
      },
      brought.layout,
      age,
    );
    await writeFileAtomic(storePaths.receipt(store, digest), formatStatement({ ...receipt }, signer));
    return {
      ...(await finish(receipt, downgrade, options)),
      copiedBytes: brought.copiedBytes,
      wasThere: false,
    };
  } finally {
    await medium.close();
  }
}

interface Identity extends Pick<BundleFacts, 'version' | 'sequence'> {
  readonly digest: Digest;
  readonly trustedAs: string;
  readonly vouchers: readonly string[];
}

/** What it is and who signed, before a single blob is read. Raises E_BUNDLE_DAMAGED when the index or its signature is. */
async function identify(
  medium: Medium,
  source: Source,
  { site, events, signal }: ImportOptions,
): Promise<Identity> {
  const signature = readSignature(source);
  const trustedAs = refuseSigner(medium.path, signature, trustOfSite(site));
  if (signature.state === 'signed' && trustedAs !== undefined) {
    const index = layoutIndex(source);
    assertDefect(index?.value !== undefined, 'a signature was held against an index that is not there');
    const { version, sequence } = factsOfIndex(index.value);
    return { digest: digestOf(index.text), version, sequence, trustedAs, vouchers: signature.vouchers };
  }
  const said = signature.state === 'damaged' ? [signature.problem] : [];
  // A delta lacks most of what its index names; that is no damage, and nothing is known of a store yet.
  const { problems } = source.files.has(deltaFile)
    ? { problems: said.length > 0 ? [] : ['the index of the delta, or its signature, is damaged'] }
    : await verifyLayout(source, () => {}, signal);
  return await refuseImport({ medium, source, events, signal }, [...said, ...problems], 'nothing came in');
}

/** The receipt of a bundle that came in before under the same key and lies there whole. */
async function wholeAlready(
  digest: Digest,
  stamps: Stamps,
  { store, signer, again = false, events, signal }: ImportOptions,
): Promise<ImportReceipt | undefined> {
  // A receipt that cannot be read is none: the import did not end.
  const known = await readReceipt(storePaths.receipt(store, digest)).catch(() => undefined);
  if (known?.fingerprint !== signer.fingerprint || known.payload.bundle !== digest) return undefined;
  const isKnown = async (_blob: Digest, files: readonly string[]): Promise<boolean> =>
    !again && (await stamps.areUnchanged(files));
  const wrong = await lookAtStored(store, digest, { isKnown, stamps, events, signal });
  return wrong.length === 0 ? known.payload : undefined;
}

/** Brings it in and looks again: what is signed for is what lies in the store, not what was read off the medium once. */
async function bring(
  work: Pick<BringInWork, 'medium' | 'source' | 'digest' | 'stamps' | 'expected'>,
  { store, events = silentEvents, signal }: ImportOptions,
): Promise<BroughtIn & { readonly layout: WholeBundle }> {
  const { digest, stamps, medium, source } = work;
  const held = await StoreBlobs.open(store, digest);
  try {
    const layout = wholeBundle(source, held);
    const brought = await step(events, ['bundle', 'import'], `Bring ${medium.path} into ${store}`, () =>
      bringIn({ ...work, store, layout, held, events, signal }),
    );
    const wrong = await lookAtStored(store, digest, {
      isKnown: (blob) => brought.read.has(blob),
      stamps,
      events,
      signal,
    });
    if (wrong.length === 0) return { ...brought, layout };
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle came into ${store}, but does not lie there as it came`,
      hint: 'Run the same command again. If it stays, medium or disk give other bytes each time they are read: dmesg | tail',
      findings: wrong,
    });
  } finally {
    await held.close();
  }
}

async function scanIfAsked(
  { scanPath }: BroughtIn,
  digest: Digest,
  { store, site, events = silentEvents, signal }: ImportOptions,
): Promise<ImportReceipt['scanner']> {
  const { scanner: command } = site.import;
  if (command === undefined) return null;
  return await step(events, ['bundle', 'scan'], `Scan it: ${command.join(' ')}`, () =>
    scan(command, scanPath, storePaths.bundle(store, digest), signal),
  );
}

/** From now on the store gives it out; what nobody needs any more goes. */
async function finish(
  receipt: ImportReceipt,
  downgrade: UsedDowngrade | undefined,
  { store, events = silentEvents }: ImportOptions,
): Promise<Pick<ImportedBundle, 'receipt' | 'receiptFile' | 'freed'>> {
  const { bundle, version, sequence } = receipt;
  const at = new Date().toISOString();
  await accept(store, { bundle, version, sequence, at, ...(downgrade === undefined ? {} : { downgrade }) });
  const freed = await pruneStore(store);
  if (freed.files > 0)
    events.emit({
      kind: 'note',
      scope: ['bundle', 'import'],
      text: `threw away ${count(freed.files, 'file')} (${formatBytes(freed.bytes)}) of bundles before the previous one`,
    });
  return { receipt, receiptFile: storePaths.receipt(store, bundle), freed };
}
