import type { Digest } from '../base/digest.ts';
import type { PeerIdentity } from './blob-server.ts';
import { PeerConnection } from './peer-connection.ts';
import type { Parent } from './protocol.ts';

const answerWithinMs = 3000;

/** Asks other peers of the run for blobs. Every peer proves by certificate that it is who it is said to be. */
export class PeerClient {
  readonly #identity: PeerIdentity;
  #idle: PeerConnection[] = [];

  constructor(identity: PeerIdentity) {
    this.#identity = identity;
  }

  /** Asks for a blob from `offset` on. The body waits on the connection, which must be given back or destroyed. */
  async get(
    parent: Parent,
    digest: Digest,
    offset: number,
  ): Promise<{ connection: PeerConnection; status: number; contentLength: number }> {
    const connection = this.#take(parent);
    const range = offset === 0 ? undefined : `bytes=${offset}-`;
    try {
      const head = await connection.ask('GET', blobPath(digest), range, answerWithinMs);
      return { connection, ...head };
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Keeps a connection whose answer was read to the end for the next request. */
  giveBack(connection: PeerConnection): void {
    if (connection.usable) this.#idle.push(connection);
    else connection.destroy();
  }

  /** Whether the peer answers at all within `timeoutMs`, on a new connection, which is kept for the next request. */
  async answers(parent: Parent, timeoutMs: number): Promise<boolean> {
    const connection = new PeerConnection(parent, this.#identity);
    try {
      const { status } = await connection.ask('HEAD', '/v2/', undefined, timeoutMs);
      this.giveBack(connection);
      return status === 200;
    } catch {
      connection.destroy();
      return false;
    }
  }

  /** Whether the peer gives the byte at `offset` within `timeoutMs`. */
  async hasByte(parent: Parent, digest: Digest, offset: number, timeoutMs: number): Promise<boolean> {
    return (await this.#readAside(parent, digest, offset, 1, timeoutMs)) !== undefined;
  }

  /** Bytes per millisecond at which the peer gives the first so many of a blob; 0 when it does not within `timeoutMs`. */
  async pace(parent: Parent, digest: Digest, bytes: number, timeoutMs: number): Promise<number> {
    const ms = await this.#readAside(parent, digest, 0, bytes, timeoutMs);
    return ms === undefined ? 0 : bytes / Math.max(1, ms);
  }

  /** Reads a stretch of a blob on a connection of its own and forgets it: how long that took from its first byte on; undefined when it failed. */
  async #readAside(
    parent: Parent,
    digest: Digest,
    offset: number,
    bytes: number,
    timeoutMs: number,
  ): Promise<number | undefined> {
    const connection = new PeerConnection(parent, this.#identity);
    const timer = setTimeout(() => connection.destroy(), timeoutMs);
    try {
      const range = `bytes=${offset}-${offset + bytes - 1}`;
      const head = await connection.ask('GET', blobPath(digest), range, timeoutMs);
      const startedAt = performance.now();
      const sink = new Forgetting(bytes);
      await connection.readBody(sink);
      return head.status === 206 && sink.whole ? performance.now() - startedAt : undefined;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      connection.destroy();
    }
  }

  close(): void {
    for (const connection of this.#idle) connection.destroy();
    this.#idle = [];
  }

  #take(parent: Parent): PeerConnection {
    const found = this.#idle.find((idle) => idle.parent.name === parent.name && idle.usable);
    if (found === undefined) return new PeerConnection(parent, this.#identity);
    this.#idle = this.#idle.filter((idle) => idle !== found);
    return found;
  }
}

class Forgetting {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get whole(): boolean {
    return this.#left <= 0;
  }

  take(piece: Buffer): number {
    this.#left -= piece.length;
    return piece.length;
  }

  async flush(): Promise<void> {}
}

function blobPath(digest: Digest): string {
  return `/v2/perimeter/blobs/${digest}`;
}
