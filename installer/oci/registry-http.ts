import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { messageOf, PerimeterError } from '../base/errors.ts';
import { registerSecret } from '../base/redact.ts';
import { sendPiece } from '../base/send-piece.ts';
import { type BearerChallenge, bearerChallenge, isSafeFor } from './registry-challenge.ts';

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
  /** A piece of a body is done with when the next one is asked for. */
  readonly body?: Buffer | AsyncIterable<Buffer>;
  readonly signal?: AbortSignal | undefined;
}

/** How many connections to one registry are open at once. */
export const mostConnections = 8;

/** Answers whose body is not wanted are read to their end, so that the connection can be used again. */
const defaultTimeoutMs = 30_000;

/** One registry over HTTP: connections that are kept, the account, the trust. Knows nothing of images. */
export class RegistryHttp {
  readonly base: URL;
  readonly #access: RegistryAccess;
  readonly #agents = new Map<string, HttpAgent>();
  /** Given out by the registry's own token service for what was asked last. */
  #token: string | undefined;

  constructor(access: RegistryAccess) {
    this.base = new URL(access.url);
    this.#access = access;
  }

  /** Sends a request and gives the answer as soon as it begins. Raises E_REGISTRY (retryable) when none comes. */
  async send(request: RegistryRequest): Promise<IncomingMessage> {
    const url = new URL(request.path, this.base);
    if (!this.#isOwn(url)) {
      throw new PerimeterError('E_REGISTRY', {
        message: `The registry ${this.base.host} sends on to ${url.host}, which is another server`,
        hint: 'Mend the address that the registry gives of itself (http.host in its configuration).',
      });
    }
    const answer = await this.#ask(url, request);
    const challenge =
      answer.statusCode === 401 ? bearerChallenge(answer.headers['www-authenticate']) : undefined;
    // A body that was streamed is gone; whoever sent it begins again.
    const canRepeat = request.body === undefined || Buffer.isBuffer(request.body);
    if (challenge === undefined || !canRepeat) return answer;
    discard(answer);
    this.#token = await this.#fetchToken(challenge, request.signal);
    return await this.#ask(url, request);
  }

  /** As `send`, for content that the registry may keep on another server: redirections are followed, without the account. */
  async fetch(request: RegistryRequest & { readonly method: 'GET' }): Promise<IncomingMessage> {
    let answer = await this.send(request);
    for (let hops = 0; hops < 5 && isRedirection(answer); hops += 1) {
      const url = new URL(answer.headers.location ?? '', new URL(request.path, this.base));
      discard(answer);
      if (!isSafeFor(url)) throw unsafe(this.base, url);
      answer = await (this.#isOwn(url) ? this.send({ ...request, path: url.href }) : this.#ask(url, request));
    }
    return answer;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #fetchToken(
    { realm, parameters }: BearerChallenge,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    if (!isSafeFor(realm)) throw unsafe(this.base, realm);
    const url = new URL(realm);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const headers = authorization(this.#access.credentials);
    const answer = await this.#ask(url, { method: 'GET', path: url.href, headers, signal });
    if (answer.statusCode !== 200) return await refusedBy(this, `a token of ${url.host}`, answer);
    const { token, access_token: other } = JSON.parse(String(await textOf(answer))) as Record<
      string,
      unknown
    >;
    const given = token ?? other;
    if (typeof given === 'string' && given !== '') {
      registerSecret(given);
      return given;
    }
    throw new PerimeterError('E_REGISTRY', {
      message: `${url.host}, which the registry ${this.base.host} sends to for a token, gave none`,
      hint: 'Check user and password, and what this user may do in the registry.',
    });
  }

  async #ask(url: URL, request: RegistryRequest): Promise<IncomingMessage> {
    try {
      return await this.#exchange(url, request);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof PerimeterError) throw error;
      throw new PerimeterError('E_REGISTRY', {
        message: `The registry ${url.host} does not answer (${request.method} ${url.pathname}): ${messageOf(error)}`,
        hint: 'See whether the registry runs and can be reached from here, then run the same command again.',
        retryable: true,
        cause: error,
      });
    }
  }

  #isOwn(url: URL): boolean {
    return url.host === this.base.host && url.protocol === this.base.protocol;
  }

  #agentFor(url: URL): HttpAgent {
    const known = this.#agents.get(url.protocol);
    if (known !== undefined) return known;
    const options = { keepAlive: true, maxSockets: mostConnections };
    const { ca } = this.#access;
    const agent =
      url.protocol === 'https:'
        ? new HttpsAgent(ca === undefined ? options : { ...options, ca })
        : new HttpAgent(options);
    this.#agents.set(url.protocol, agent);
    return agent;
  }

  #exchange(url: URL, request: RegistryRequest): Promise<IncomingMessage> {
    const { credentials, address, timeoutMs = defaultTimeoutMs } = this.#access;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    // Nobody but the registry itself is shown the account.
    const isOwn = this.#isOwn(url);
    const account = !isOwn
      ? {}
      : this.#token === undefined
        ? authorization(credentials)
        : { authorization: `Bearer ${this.#token}` };
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = open(url, {
      method: request.method,
      agent: this.#agentFor(url),
      headers: { ...account, ...request.headers },
      ...(address === undefined || !isOwn ? {} : { lookup: lookupOf(address) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`silent for ${timeoutMs / 1000} s`)));
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    if (request.body === undefined || Buffer.isBuffer(request.body)) outgoing.end(request.body);
    else
      sendPieces(outgoing, request.body).catch((error: unknown) => {
        outgoing.destroy();
        reject(error);
      });
    return promise;
  }
}

async function sendPieces(outgoing: ClientRequest, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await sendPiece(outgoing, piece);
  outgoing.end();
}

function isRedirection({ statusCode = 0, headers }: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
}

function unsafe(base: URL, url: URL): PerimeterError {
  return new PerimeterError('E_REGISTRY', {
    message: `The registry ${base.host} sends to ${url.origin}, which is not encrypted`,
    hint: 'Do not use this registry, or have it mended: what comes that way can be read and changed by anybody on the line.',
  });
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
