import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { ErrorCode } from '../base/error-codes.ts';
import { messageOf, PerimeterError } from '../base/errors.ts';
import type { CredentialView } from './credentials.ts';
import type { Site } from './site.ts';

export interface SiteRequest {
  readonly method: string;
  /** URL by the site's own names, for example https://git.try.perimeter.internal:30443/api/v1/version. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is text or bytes already. */
  readonly body?: unknown;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SiteResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The connection was never made: nothing was received there, and any request may be sent to the next node. */
const neverConnected = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
/** The connection broke: the request may have been received, so only one that changes nothing is sent again. */
const connectionBroke = new Set(['ECONNRESET', 'ETIMEDOUT', 'EPIPE']);
const changesNothing = new Set(['GET', 'HEAD']);

/**
 * Asks a service of the site from the installer's machine, which does not know the site's names: the name is kept for TLS and
 * the address is that of one node after another until one connects. Trusts the site's authority only. Every HTTP status is an
 * answer; raises `code` when no node answers.
 */
export async function siteRequest(
  site: Site,
  credentials: CredentialView,
  code: ErrorCode,
  request: SiteRequest,
): Promise<SiteResponse> {
  const authority = credentials.get('ca.certificate');
  const failures: string[] = [];
  for (const node of site.nodes) {
    request.signal?.throwIfAborted();
    try {
      return await ask(node.address, authority, request);
    } catch (error) {
      request.signal?.throwIfAborted();
      failures.push(`${node.name}: ${messageOf(error)}`);
      if (!mayAskNext(error, request.method)) break;
    }
  }
  const { host, pathname } = new URL(request.url);
  throw new PerimeterError(code, {
    message: `${request.method} ${host}${pathname} got no answer (${failures.join('; ')}).`,
    hint: `See whether the service runs: npm run perimeter -- status ${site.directory}`,
    retryable: true,
  });
}

function mayAskNext(error: unknown, method: string): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return neverConnected.has(code) || (connectionBroke.has(code) && changesNothing.has(method));
}

/** The response's body as JSON; an empty body is undefined, and text that is no JSON comes back as it is. */
export function bodyOf(response: SiteResponse): unknown {
  if (response.text === '') return undefined;
  try {
    return JSON.parse(response.text);
  } catch {
    return response.text;
  }
}

function ask(address: string, authority: string | undefined, request: SiteRequest): Promise<SiteResponse> {
  const lookup: LookupFunction = (_host, options, done) => {
    if (options.all === true) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  };
  const payload = payloadOf(request.body);
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      request.url,
      {
        method: request.method,
        lookup,
        ...(authority === undefined ? {} : { ca: authority }),
        timeout: request.timeoutMs ?? 30_000,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        headers: {
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': payload.byteLength }),
          ...request.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([key, value]) => [key, String(value)]),
            ),
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('timeout', () =>
      sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

function payloadOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(JSON.stringify(body));
}
