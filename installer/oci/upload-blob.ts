import type { Digest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { retry } from '../base/retry.ts';
import { discard, type RegistryHttp, refusedBy } from './registry-http.ts';

export interface BlobSource {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /**
   * The blob's content from this byte on; called again when an upload broke. A piece is done with when the next one is asked for:
   * its memory may be used again.
   */
  readonly read: (offset: number) => AsyncIterable<Buffer>;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of this blob that the registry has taken. */
  readonly onProgress?: (bytes: number) => void;
  /** How often a broken upload is taken up again; default 5. */
  readonly attempts?: number;
}

/**
 * Uploads a blob in one stream and one request. When the connection breaks, the registry is asked how much it has and the rest is sent.
 * Raises E_REGISTRY when it does not take the blob.
 */
export async function uploadBlob(
  http: RegistryHttp,
  repository: string,
  source: BlobSource,
  options: UploadOptions,
): Promise<void> {
  const { signal } = options;
  let place: string | undefined;
  const again = {
    attempts: options.attempts ?? 5,
    delayMs: 200,
    ...(signal === undefined ? {} : { signal }),
  };
  await retry(again, async () => {
    let offset = 0;
    if (place !== undefined) {
      const had = await receivedBytes(http, place, signal);
      place = had?.place;
      offset = had?.bytes ?? 0;
    }
    place ??= await beginUpload(http, repository, signal);
    if (offset === 0) return await sendWhole(http, place, source, options);
    place = await sendRest(http, place, source, offset, options);
    await finishUpload(http, place, source.digest, signal);
  });
  options.onProgress?.(source.sizeBytes);
}

async function beginUpload(
  http: RegistryHttp,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  const answer = await http.send({ method: 'POST', path, headers: { 'content-length': '0' }, signal });
  if (answer.statusCode !== 202) return await refusedBy(http, `an upload to ${repository}`, answer);
  discard(answer);
  return placeOf(http, answer.headers.location);
}

/** What the registry has of an upload that broke; undefined when it has forgotten it. */
async function receivedBytes(
  http: RegistryHttp,
  place: string,
  signal: AbortSignal | undefined,
): Promise<{ place: string; bytes: number } | undefined> {
  const answer = await http.send({ method: 'GET', path: place, signal });
  discard(answer);
  if (answer.statusCode !== 204) return undefined;
  const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? '0');
  // "0-0" means nothing for some registries and one byte for others; sending from the start is right for both.
  return last === 0 ? undefined : { place: placeOf(http, answer.headers.location ?? place), bytes: last + 1 };
}

/** Content and end of an upload in one request: one answer less to wait for. */
async function sendWhole(
  http: RegistryHttp,
  place: string,
  source: BlobSource,
  options: UploadOptions,
): Promise<void> {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(source.sizeBytes),
  };
  const path = finalPlace(http, place, source.digest);
  const body = bodyOf(source, 0, options);
  const answer = await http.send({ method: 'PUT', path, headers, body, signal: options.signal });
  if (answer.statusCode !== 201) await refusedBy(http, `the blob ${source.digest}`, answer);
  discard(answer);
}

async function sendRest(
  http: RegistryHttp,
  place: string,
  source: BlobSource,
  offset: number,
  options: UploadOptions,
): Promise<string> {
  if (offset === source.sizeBytes) return place;
  const body = bodyOf(source, offset, options);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(source.sizeBytes - offset),
    'content-range': `${offset}-${source.sizeBytes - 1}`,
  };
  const answer = await http.send({ method: 'PATCH', path: place, headers, body, signal: options.signal });
  if (answer.statusCode !== 202) return await refusedBy(http, `the content of ${source.digest}`, answer);
  discard(answer);
  return placeOf(http, answer.headers.location ?? place);
}

/** The content from this byte on, counted as it goes. */
async function* bodyOf(
  source: BlobSource,
  offset: number,
  { onProgress }: UploadOptions,
): AsyncGenerator<Buffer> {
  let sent = offset;
  for await (const piece of source.read(offset)) {
    yield piece;
    sent += piece.length;
    onProgress?.(sent);
  }
}

async function finishUpload(
  http: RegistryHttp,
  place: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = finalPlace(http, place, digest);
  const answer = await http.send({ method: 'PUT', path, headers: { 'content-length': '0' }, signal });
  if (answer.statusCode !== 201) await refusedBy(http, `the blob ${digest}`, answer);
  discard(answer);
}

/** Where an upload is ended: the registry is told what it must have become. */
function finalPlace(http: RegistryHttp, place: string, digest: Digest): string {
  const url = new URL(place, http.base);
  url.searchParams.set('digest', digest);
  return `${url.pathname}${url.search}`;
}

function placeOf(http: RegistryHttp, location: string | undefined): string {
  if (location !== undefined) return new URL(location, http.base).href;
  throw new PerimeterError('E_REGISTRY', {
    message: `The registry ${http.base.host} began an upload without saying where`,
    hint: 'It is no registry of the OCI distribution specification. Check its address.',
  });
}
