import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Digest } from '../base/digest.ts';
import { sendPiece } from '../base/send-piece.ts';
import type { BlobDescription, BlobLibrary } from './blob-library.ts';
import { type BlobRequest, parseBlobRequest, parseRange } from './blob-request.ts';
import type { RateLimit } from './rate-limit.ts';

export interface PeerIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

export interface BlobServerOptions {
  readonly identity: PeerIdentity;
  readonly library: BlobLibrary;
  /** Manifests by `repository:tag`, as the plan has them. */
  readonly tags: Readonly<Record<string, Digest>>;
  readonly rate: RateLimit;
  readonly address: string;
  readonly port: number;
}

const mostConnections = 64;

/**
 * Serves blobs by the reading half of the OCI distribution protocol, to peers of the same run only: TLS 1.3, both sides
 * show a certificate of the run's own authority. Any client that has one can read what the plan holds, manifests also by their tags: curl, crane,
 * skopeo, containerd.
 */
export class BlobServer {
  sentBytes = 0;
  readonly #server: Server;
  readonly #options: BlobServerOptions;

  constructor(options: BlobServerOptions) {
    this.#options = options;
    const { identity } = options;
    this.#server = createServer(
      {
        cert: identity.certificate,
        key: identity.key,
        ca: identity.authority,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.3',
        headersTimeout: 10_000,
        requestTimeout: 20_000,
        keepAliveTimeout: 60_000,
        maxHeaderSize: 8192,
        ciphers: 'TLS_AES_128_GCM_SHA256',
      },
      (request, response) => {
        this.#answer(request, response).catch(() => response.destroy());
      },
    );
    this.#server.maxConnections = mostConnections;
    this.#server.on('tlsClientError', () => {});
  }

  /** Starts to listen and gives the port. */
  async listen(): Promise<number> {
    this.#server.listen(this.#options.port, this.#options.address);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED');
    const wanted = parseBlobRequest(request.url ?? '');
    if (wanted.kind === 'version') return void response.writeHead(200).end();
    const digest = this.#digestOf(wanted);
    const described = digest === undefined ? undefined : this.#options.library.describe(digest);
    if (digest === undefined || described === undefined)
      return refuse(response, 404, wanted.kind === 'tag' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN');
    await this.#send(request, response, digest, described);
  }

  #digestOf(wanted: BlobRequest): Digest | undefined {
    if (wanted.kind === 'content') return wanted.digest;
    const { tags } = this.#options;
    return wanted.kind === 'tag' && Object.hasOwn(tags, wanted.name) ? tags[wanted.name] : undefined;
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    digest: Digest,
    described: BlobDescription,
  ): Promise<void> {
    const { sizeBytes, mediaType } = described;
    const range = parseRange(request.headers.range, sizeBytes);
    if (range === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${sizeBytes}`);
      return refuse(response, 416, 'SIZE_INVALID');
    }
    const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes } : range;
    response.writeHead(range === 'whole' ? 200 : 206, {
      'content-type': mediaType,
      'content-length': end - start,
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'accept-ranges': 'bytes',
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    response.flushHeaders();
    await this.#stream(response, digest, start, end);
  }

  async #stream(response: ServerResponse, digest: Digest, start: number, end: number): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    for await (const piece of this.#options.library.read(digest, start, end, gone.signal)) {
      await this.#options.rate.take(piece.length, gone.signal);
      if (response.destroyed) return;
      this.sentBytes += piece.length;
      await sendPiece(response, piece);
    }
    response.end();
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace('_', ' ') }] }));
}
