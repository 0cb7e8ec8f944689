import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, PerimeterError } from '../base/errors.ts';

export interface RegistryAccess {
  /** Such as https://registry.try.perimeter.internal:30500. */
  readonly url: string;
  /** Connect here instead of looking the name up; the name stays the one that the certificate must carry. */
  readonly address?: string;
  /** Certificates to trust, in PEM; default those of the system. */
  readonly ca?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** For one answer to begin, in ms; default 30 000. */
  readonly timeoutMs?: number;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  /** Path and query, or a whole URL of the same registry. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | Readable;
  readonly signal?: AbortSignal | undefined;
}

/** Answers whose body is not wanted are read to their end, so that the connection can be used again. */
const defaultTimeoutMs = 30_000;

/** One registry over HTTP: connections that are kept, the account, the trust. Knows nothing of images. */
export class RegistryHttp {
  readonly base: URL;
  readonly #access: RegistryAccess;
  readonly #agent: HttpAgent;

  constructor(access: RegistryAccess) {
    this.base = new URL(access.url);
    this.#access = access;
    const options = { keepAlive: true, maxSockets: 8 };
    this.#agent =
      this.base.protocol === 'https:'
        ? new HttpsAgent(access.ca === undefined ? options : { ...options, ca: access.ca })
        : new HttpAgent(options);
  }

  /** Sends a request and gives the answer as soon as it begins. Raises E_REGISTRY (retryable) when none comes. */
  async send(request: RegistryRequest): Promise<IncomingMessage> {
    const url = new URL(request.path, this.base);
    if (url.host !== this.base.host || url.protocol !== this.base.protocol) {
      throw new PerimeterError('E_REGISTRY', {
        message: `The registry ${this.base.host} sends on to ${url.host}, which is another server`,
        hint: 'Mend the address that the registry gives of itself (http.host in its configuration).',
      });
    }
    try {
      return await this.#exchange(url, request);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof PerimeterError) throw error;
      throw new PerimeterError('E_REGISTRY', {
        message: `The registry ${this.base.host} does not answer (${request.method} ${url.pathname}): ${messageOf(error)}`,
        hint: 'See whether the registry runs and can be reached from here, then run the same command again.',
        retryable: true,
        cause: error,
      });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(url: URL, request: RegistryRequest): Promise<IncomingMessage> {
    const { credentials, address, timeoutMs = defaultTimeoutMs } = this.#access;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = open(url, {
      method: request.method,
      agent: this.#agent,
      headers: { ...authorization(credentials), ...request.headers },
      ...(address === undefined ? {} : { lookup: lookupOf(address) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`silent for ${timeoutMs / 1000} s`)));
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    if (request.body === undefined || Buffer.isBuffer(request.body)) outgoing.end(request.body);
    else pipeline(request.body, outgoing).catch(reject);
    return promise;
  }
}

/** The text of an answer, at most 4 MB: manifests and error messages, never blobs. */
export async function textOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= 4 << 20) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads the rest of an answer that nobody wants. */
export function discard(answer: IncomingMessage): void {
  answer.resume();
}

/** Raises E_REGISTRY with the registry's own words. Never shows what was sent along. */
export async function refusedBy(http: RegistryHttp, what: string, answer: IncomingMessage): Promise<never> {
  const status = answer.statusCode ?? 0;
  const words = wordsOf(await textOf(answer));
  throw new PerimeterError('E_REGISTRY', {
    message: `The registry ${http.base.host} refused ${what}: ${status}${words === '' ? '' : ` ${words}`}`,
    hint: hintFor(status),
    retryable: status >= 500 || status === 429,
  });
}

function wordsOf(body: Buffer): string {
  try {
    const { errors } = JSON.parse(String(body)) as {
      errors?: readonly { code?: string; message?: string }[];
    };
    return (errors ?? []).map((error) => `${error.code ?? ''} ${error.message ?? ''}`.trim()).join('; ');
  } catch {
    return String(body).trim().slice(0, 200);
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403)
    return 'Check user and password, and what this user may do in the registry.';
  if (status === 404) return 'Check the name of the repository, tag or digest.';
  return 'See what the registry itself writes about it, then run the same command again.';
}

function authorization(credentials: RegistryAccess['credentials']): Record<string, string> {
  if (credentials === undefined) return {};
  const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function lookupOf(address: string): LookupFunction {
  const family = address.includes(':') ? 6 : 4;
  return (_name, options, answer) => {
    if (options.all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}
