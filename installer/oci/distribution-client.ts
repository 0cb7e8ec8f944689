import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { type Digest, digestOf, isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { retry } from '../base/retry.ts';
import { type OciIndex, parseIndex } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import {
  discard,
  type RegistryAccess,
  RegistryHttp,
  type RegistryRequest,
  refusedBy,
  textOf,
} from './registry-http.ts';
import { type BlobSource, type UploadOptions, uploadBlob } from './upload-blob.ts';

export type { BlobSource, RegistryAccess };

export interface PushBlobOptions extends UploadOptions {
  /** Repository that holds the blob already, if one is known: it is taken over from there and not sent. */
  readonly from?: string | undefined;
}

export interface FetchedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
}

const manifestTypes = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
].join(', ');

/** Client of one OCI registry (distribution specification 1.1). All failures are E_REGISTRY; those worth it are retried. */
export class DistributionClient {
  readonly #http: RegistryHttp;

  constructor(access: RegistryAccess) {
    this.#http = new RegistryHttp(access);
  }

  /** Host and port, for messages. */
  get host(): string {
    return this.#http.base.host;
  }

  /** Raises when the registry is not there, or does not take the account. */
  async ping(signal?: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: 'GET', path: '/v2/', signal });
    if (answer.statusCode !== 200) await refusedBy(this.#http, 'the connection', answer);
    discard(answer);
  }

  /** Size in bytes, or undefined when the repository does not hold the blob. */
  async blobSize(repository: string, digest: Digest, signal?: AbortSignal): Promise<number | undefined> {
    const answer = await this.#send({ method: 'HEAD', path: `/v2/${repository}/blobs/${digest}`, signal });
    if (answer.statusCode === 404) {
      discard(answer);
      return undefined;
    }
    if (answer.statusCode !== 200)
      return await refusedBy(this.#http, `a look at ${repository} ${digest}`, answer);
    discard(answer);
    return Number(answer.headers['content-length'] ?? Number.NaN);
  }

  /**
   * The blob from a byte on, also from a registry that only gives whole ones or keeps them on another server. The caller checks
   * the digest: only he sees all of it.
   */
  async pullBlob(repository: string, digest: Digest, offset = 0, signal?: AbortSignal): Promise<Readable> {
    const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const path = `/v2/${repository}/blobs/${digest}`;
    const answer = await this.#again(signal, () =>
      this.#http.fetch({ method: 'GET', path, headers, signal }),
    );
    if (answer.statusCode === 206) return answer;
    if (answer.statusCode === 200) return offset === 0 ? answer : Readable.from(without(answer, offset));
    return await refusedBy(this.#http, `blob ${repository} ${digest} from byte ${offset}`, answer);
  }

  /** Manifests whose subject is this one, as the registry lists them; undefined when it cannot list any. */
  async referrers(repository: string, digest: Digest, signal?: AbortSignal): Promise<OciIndex | undefined> {
    const path = `/v2/${repository}/referrers/${digest}`;
    const answer = await this.#send({ method: 'GET', path, headers: { accept: mediaTypes.index }, signal });
    const isList =
      answer.statusCode === 200 && (answer.headers['content-type'] ?? '').startsWith(mediaTypes.index);
    if (isList) return parseIndex(String(await textOf(answer)), `referrers of ${digest}`);
    discard(answer);
    return undefined;
  }

  /** Uploads a blob unless the repository holds it; an upload that broke goes on where it was. Tells whether bytes were sent. */
  async pushBlob(repository: string, source: BlobSource, options: PushBlobOptions = {}): Promise<boolean> {
    const { from, signal } = options;
    if ((await this.blobSize(repository, source.digest, signal)) === source.sizeBytes) return false;
    if (from !== undefined && (await this.#mountBlob(repository, source.digest, from, signal))) return false;
    await uploadBlob(this.#http, repository, source, options);
    return true;
  }

  /** The digest behind a tag or digest, or undefined when it is not there. */
  async manifestDigest(
    repository: string,
    reference: string,
    signal?: AbortSignal,
  ): Promise<Digest | undefined> {
    const answer = await this.#manifest('HEAD', repository, reference, signal);
    if (answer.statusCode === 404) {
      discard(answer);
      return undefined;
    }
    if (answer.statusCode !== 200)
      return await refusedBy(this.#http, `a look at ${repository} ${reference}`, answer);
    discard(answer);
    const digest = String(answer.headers['docker-content-digest'] ?? reference);
    if (isDigest(digest)) return digest;
    return (await this.pullManifest(repository, reference, signal)).digest;
  }

  /** A manifest by tag or digest. One that is not what the digest says is refused. */
  async pullManifest(repository: string, reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    const answer = await this.#manifest('GET', repository, reference, signal);
    if (answer.statusCode !== 200) return await refusedBy(this.#http, `${repository} ${reference}`, answer);
    const content = await textOf(answer);
    const digest = digestOf(content);
    if (isDigest(reference) && digest !== reference) {
      throw new PerimeterError('E_REGISTRY', {
        message: `The registry ${this.#http.base.host} gave something else for ${repository} ${reference}: its digest is ${digest}`,
        hint: 'Do not use what it gave. See who changed the content of that registry.',
      });
    }
    return { digest, mediaType: answer.headers['content-type'] ?? '', content };
  }

  /** Stores a manifest under a tag or its digest; the blobs it names must be there. */
  async pushManifest(
    repository: string,
    reference: string,
    content: Buffer,
    mediaType: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const headers = { 'content-type': mediaType, 'content-length': String(content.length) };
    const path = `/v2/${repository}/manifests/${reference}`;
    const answer = await this.#send({ method: 'PUT', path, headers, body: content, signal });
    if (answer.statusCode !== 201)
      await refusedBy(this.#http, `the manifest ${repository} ${reference}`, answer);
    discard(answer);
  }

  close(): void {
    this.#http.close();
  }

  /** Makes a blob of another repository part of this one without sending it. False when the registry would not. */
  async #mountBlob(
    repository: string,
    digest: Digest,
    from: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const path = `/v2/${repository}/blobs/uploads/?${query.toString()}`;
    const answer = await this.#send({ method: 'POST', path, headers: { 'content-length': '0' }, signal });
    discard(answer);
    return answer.statusCode === 201;
  }

  #manifest(
    method: 'GET' | 'HEAD',
    repository: string,
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> {
    const path = `/v2/${repository}/manifests/${reference}`;
    return this.#send({ method, path, headers: { accept: manifestTypes }, signal });
  }

  /** Requests without a streamed body can simply be sent again. */
  #send(request: RegistryRequest): Promise<IncomingMessage> {
    return this.#again(request.signal, () => this.#http.send(request));
  }

  #again(signal: AbortSignal | undefined, send: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
    const again = { attempts: 3, delayMs: 200, ...(signal === undefined ? {} : { signal }) };
    return retry(again, async () => {
      const answer = await send();
      const overloaded = [429, 500, 502, 503, 504].includes(answer.statusCode ?? 0);
      return overloaded ? await refusedBy(this.#http, 'a request', answer) : answer;
    });
  }
}

async function* without(blob: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of blob) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
