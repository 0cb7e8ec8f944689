import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '../base/digest.ts';
import { isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';
import { withMachineLock } from '../base/machine-lock.ts';
import { formatBytes } from '../base/units.ts';
import type { BlobStore } from './blob-store.ts';
import type { DistributionClient } from './distribution-client.ts';
import type { OciDescriptor } from './manifest.ts';
import { PartialBlob } from './partial-blob.ts';

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of each piece that came. */
  readonly onBytes?: (bytes: number) => void;
  /** How often in a row a line may break before anything worth it came; default 6. */
  readonly attempts?: number;
}

/** A line that gives at least this much between two breaks is worth going on with. */
const worthwhileBytes = 4 << 20;

/**
 * Brings a blob from a registry into the store, unless it is there. A line that breaks is taken up where it broke, and so is a
 * process that was killed: what came lies beside the blobs until all of it is there and is what the digest says. Raises E_REGISTRY,
 * naming registry and blob, when the registry gives other bytes than the digest or size says: those are not tried again.
 */
export async function downloadBlob(
  client: DistributionClient,
  repository: string,
  blob: Wanted,
  store: BlobStore,
  options: DownloadOptions = {},
): Promise<void> {
  const { signal } = options;
  const isThere = async (): Promise<boolean> => (await store.sizeOf(blob.digest)) === blob.size;
  if (await isThere()) return;
  // Two that write to one file would spoil it: images share layers.
  const lock = `blob ${digestOf(store.pathOf(blob.digest)).slice(0, 40)}`;
  await withMachineLock(lock, { signal }, async () => {
    if (await isThere()) return;
    const partial = await PartialBlob.open(store.partialOf(blob.digest));
    try {
      await complete(partial, client, repository, blob, options);
      await partial.keepAs(store.pathOf(blob.digest));
    } finally {
      await partial.close();
    }
  });
}

type Wanted = Pick<OciDescriptor, 'digest' | 'size'>;

async function complete(
  partial: PartialBlob,
  client: DistributionClient,
  repository: string,
  blob: Wanted,
  options: DownloadOptions,
): Promise<void> {
  const { digest, size } = blob;
  if (partial.sizeBytes > size) await partial.startAnew();
  const left = partial.sizeBytes;
  options.onBytes?.(left);
  await fill(partial, client, repository, blob, options);
  if (partial.digest !== digest && left > 0) {
    // The part that an earlier run left may be what is wrong, after a power cut say: that is not the registry's fault.
    await partial.startAnew();
    options.onBytes?.(-size);
    await fill(partial, client, repository, blob, options);
  }
  const found = partial.digest;
  if (found === digest) return;
  await partial.startAnew();
  throw lies(client.host, repository, digest, `other content: its digest is ${found}`);
}

/** Appends until all bytes are there. */
async function fill(
  partial: PartialBlob,
  client: DistributionClient,
  repository: string,
  { digest, size }: Wanted,
  { signal, onBytes, attempts = 6 }: DownloadOptions,
): Promise<void> {
  let failures = 0;
  let brokeAt = partial.sizeBytes;
  while (partial.sizeBytes < size) {
    try {
      const pieces = await client.pullBlob(repository, digest, partial.sizeBytes, signal);
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        if (partial.sizeBytes + piece.length > size) {
          await partial.startAnew();
          throw lies(client.host, repository, digest, `more than the ${size} bytes that its manifest names`);
        }
        await partial.append(piece);
        onBytes?.(piece.length);
      }
      if (partial.sizeBytes < size) throw new Error('the line ended early');
    } catch (error) {
      signal?.throwIfAborted();
      // A refusal, other content or a full disk: another attempt changes nothing.
      if (isPerimeterError(error) && !error.retryable) throw error;
      const at = partial.sizeBytes;
      failures = at - brokeAt >= worthwhileBytes ? 1 : failures + 1;
      brokeAt = at;
      if (failures >= attempts) throw brokenOff(client.host, repository, digest, at, size, error);
      await delay(50 * 2 ** failures, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function lies(host: string, repository: string, digest: string, what: string): PerimeterError {
  return new PerimeterError('E_REGISTRY', {
    message: `The registry ${host} gave for ${repository} ${digest} ${what}`,
    hint: 'Do not use what it gave. See who changed the content of that registry, or what stands between it and this machine.',
  });
}

function brokenOff(
  host: string,
  repository: string,
  digest: string,
  at: number,
  size: number,
  cause: unknown,
): PerimeterError {
  return new PerimeterError('E_REGISTRY', {
    message: `The line to the registry ${host} breaks again and again at ${repository} ${digest}: ${formatBytes(at)} of ${formatBytes(size)} came; last: ${messageOf(cause)}`,
    hint: 'Mend the line and run the same command again: it goes on where it was.',
    retryable: true,
    cause,
  });
}
