import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import type { BlobStore } from './blob-store.ts';
import type { DistributionClient } from './distribution-client.ts';
import type { OciDescriptor } from './manifest.ts';

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
 * Brings a blob from a registry into the store, whole or not at all, unless it is there. A line that breaks is taken up where it
 * broke. Raises E_REGISTRY, naming registry and blob, when the registry gives other bytes than the digest or size says: those are not tried
 * again.
 */
export async function downloadBlob(
  client: DistributionClient,
  repository: string,
  blob: Pick<OciDescriptor, 'digest' | 'size'>,
  store: BlobStore,
  options: DownloadOptions = {},
): Promise<void> {
  if ((await store.sizeOf(blob.digest)) === blob.size) return;
  await store.putStream(
    Readable.from(piecesOf(client, repository, blob, options), { objectMode: false }),
    options.signal,
  );
}

async function* piecesOf(
  client: DistributionClient,
  repository: string,
  { digest, size }: Pick<OciDescriptor, 'digest' | 'size'>,
  { signal, onBytes, attempts = 6 }: DownloadOptions,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let at = 0;
  let failures = 0;
  let brokeAt = 0;
  while (at < size) {
    try {
      for await (const chunk of (await client.pullBlob(
        repository,
        digest,
        at,
        signal,
      )) as AsyncIterable<Buffer>) {
        at += chunk.length;
        if (at > size)
          throw lies(client.host, repository, digest, `more than the ${size} bytes that its manifest names`);
        hash.update(chunk);
        onBytes?.(chunk.length);
        yield chunk;
      }
      if (at < size) throw new Error('the line ended early');
    } catch (error) {
      signal?.throwIfAborted();
      if (isPerimeterError(error) && !error.retryable) throw error;
      failures = at - brokeAt >= worthwhileBytes ? 1 : failures + 1;
      brokeAt = at;
      if (failures >= attempts) throw brokenOff(client.host, repository, digest, at, size, error);
      await delay(50 * 2 ** failures, undefined, signal === undefined ? {} : { signal });
    }
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw lies(client.host, repository, digest, `other content: its digest is ${found}`);
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
    hint: 'Mend the line and run the same command again: blobs that came whole are kept.',
    retryable: true,
    cause,
  });
}
