import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Digest } from '../base/digest.ts';
import type { PeerIdentity } from './blob-server.ts';
import type { Parent } from './protocol.ts';

const connectTimeoutMs = 3000;

/** Asks other peers of the run for blobs. Every peer proves by certificate that it is who it is said to be. */
export class PeerClient {
  readonly #agent: Agent;

  constructor(identity: PeerIdentity, mostSockets: number) {
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: mostSockets,
      scheduling: 'fifo',
      cert: identity.certificate,
      key: identity.key,
      ca: identity.authority,
      minVersion: 'TLSv1.3',
    });
  }

  /** The answer to a request for the blob from `offset` on (to `end`, when given), headers read, body waiting. */
  async get(
    parent: Parent,
    digest: Digest,
    range: { readonly offset: number; readonly end?: number },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const whole = range.offset === 0 && range.end === undefined;
    const last = range.end === undefined ? '' : range.end - 1;
    const sent = request({
      host: parent.address,
      port: parent.port,
      path: `/v2/perimeter/blobs/${digest}`,
      agent: this.#agent,
      headers: whole ? {} : { range: `bytes=${range.offset}-${last}` },
      signal,
      timeout: connectTimeoutMs,
    });
    sent.on('error', ignoreLater).end();
    const slow = (): void => void sent.destroy(new Error(`no answer within ${connectTimeoutMs} ms`));
    sent.once('timeout', slow);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.off('timeout', slow);
    sent.setTimeout(0);
    return response;
  }

  /** Whether the peer answers at all within `timeoutMs`, on a connection of its own. */
  async answers(parent: Parent, timeoutMs: number): Promise<boolean> {
    const { cert, key, ca } = this.#agent.options;
    const sent = request({
      host: parent.address,
      port: parent.port,
      path: '/v2/',
      method: 'HEAD',
      agent: false,
      cert,
      key,
      ca,
      minVersion: 'TLSv1.3',
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.on('error', ignoreLater).end();
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode === 200;
    } catch {
      return false;
    }
  }

  /** Whether the peer can give the byte at `offset` right now. */
  async hasByte(parent: Parent, digest: Digest, offset: number, timeoutMs: number): Promise<boolean> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.get(parent, digest, { offset, end: offset + 1 }, signal);
      for await (const _piece of response) return response.statusCode === 206;
      return false;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Failures while an answer is read are seen by its reader; the request's own event must only not be unheard. */
function ignoreLater(): void {}
