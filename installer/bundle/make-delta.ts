import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { byteProgress } from '../base/byte-progress.ts';
import { type Digest, hexOf } from '../base/digest.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { requireFreeRoom } from '../base/free-room.ts';
import type { Signer } from '../base/signature.ts';
import { formatBytes } from '../base/units.ts';
import { sayingWriteErrors } from '../base/write-errors.ts';
import { blobPath, paddingOf, tarBytes, tarHeader } from '../oci/layout-tar.ts';
import { deltaFile, formatDelta } from './delta/delta-statement.ts';
import { readHave } from './have.ts';
import { layoutBytes } from './media/layout-bytes.ts';
import { openVerified } from './open-bundle.ts';
import { blobsOf } from './store/blobs-of.ts';
import type { BundleTrust } from './trust.ts';
import type { ScannedLayout } from './verify/scan-layout.ts';

export interface DeltaOptions {
  /** Receipt of what the site has, by `site have`. */
  readonly against: string;
  readonly out: string;
  readonly trust: BundleTrust;
  /** Signs what the delta says of itself. */
  readonly signer: Signer;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

export interface MadeDelta {
  readonly file: string;
  readonly sizeBytes: number;
  /** Blobs that the site lacks, and what they come to in bytes. */
  readonly carried: number;
  readonly carriedBytes: number;
  readonly expected: number;
  readonly site: string;
  /** Fingerprint of the importer's key that signed the receipt. */
  readonly receiptSignedBy: string;
}

/**
 * Writes a file with a bundle's index, its signature, and only those blobs that the site does not have. Raises E_DISK_FULL before the
 * first byte when there is no room, and E_FILE_WRITE.
 */
export async function makeDelta(bundleFile: string, options: DeltaOptions): Promise<MadeDelta> {
  const events = options.events ?? silentEvents;
  const have = await readHave(options.against);
  const bundle = await openVerified(bundleFile, { ...options, events });
  try {
    const held = new Set(have.payload.blobs);
    const isHeld = (digest: Digest): boolean => held.has(hexOf(digest));
    const blobs = blobsOf(bundle.layout).toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    const carried = blobs.filter(({ digest }) => !isHeld(digest));
    const expected = blobs.filter(({ digest }) => isHeld(digest));
    const { site } = have.payload;
    const about = { bundle: bundle.digest, against: have.payload.bundle, site, carried, expected };
    const statement = Buffer.from(formatDelta(about, options.signer));
    const left = new Set(expected.map(({ digest }) => blobPath(digest)));
    const files = [...bundle.layout.files.values()].filter(({ name }) => !left.has(name));
    const layout = { fileBytes: 0, files: new Map(files.map((file) => [file.name, file])) };
    const carriedBytes = carried.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const file = resolve(options.out);
    const sizeBytes = await step(
      events,
      ['bundle', 'delta'],
      `Write ${formatBytes(carriedBytes)} to ${file}`,
      () => sayingWriteErrors(file, () => write(file, layout, statement, events, options.signal)),
    );
    return {
      file,
      sizeBytes,
      carried: carried.length,
      carriedBytes,
      expected: expected.length,
      site,
      receiptSignedBy: have.fingerprint,
    };
  } finally {
    await bundle.close();
  }
}

async function write(
  file: string,
  layout: ScannedLayout,
  statement: Buffer,
  events: Events,
  signal: AbortSignal | undefined,
): Promise<number> {
  const total = tarBytes([statement.length, ...[...layout.files.values()].map((one) => one.sizeBytes)]);
  await requireFreeRoom({
    what: 'The delta',
    folder: dirname(file),
    sizes: [total],
    hint: 'Make room there, or choose another place with: --out FILE',
  });
  const partial = `${file}.${process.pid}.partial`;
  try {
    await using handle = await open(partial, 'w');
    const tell = byteProgress(events, ['bundle', 'delta'], total);
    const put = async (bytes: Buffer): Promise<void> => {
      await handle.writeFile(bytes);
      tell(bytes.length);
    };
    await put(
      Buffer.concat([
        tarHeader(deltaFile, statement.length),
        statement,
        Buffer.alloc(paddingOf(statement.length)),
      ]),
    );
    for await (const bytes of layoutBytes(layout)) {
      signal?.throwIfAborted();
      await put(bytes);
    }
    await handle.sync();
    await rename(partial, file);
    return total;
  } finally {
    await rm(partial, { force: true });
  }
}
