import { connect, type TLSSocket } from 'node:tls';
import type { PeerIdentity } from './blob-server.ts';
import type { Parent } from './protocol.ts';

const scratchBytes = 64 * 1024;
const longestHeadBytes = 16 * 1024;

/** The head of an answer: all that is needed of HTTP to read a body of known length. */
export interface AnswerHead {
  readonly status: number;
  /** NaN when the peer did not announce it. */
  readonly contentLength: number;
}

/** Where a body goes. `take` copies what fits; once `whole`, nothing more is taken before `flush` has ended. */
export interface BodySink {
  take(piece: Buffer): number;
  readonly whole: boolean;
  flush(): Promise<void>;
}

/**
 * One connection to a peer, for one request after another. It reads into one buffer for its whole life: at a gigabyte per ten
 * seconds, a buffer per record would keep the garbage collector busier than the network.
 */
export class PeerConnection {
  readonly parent: Parent;
  readonly #socket: TLSSocket;
  readonly #secured = Promise.withResolvers<void>();
  #head = Buffer.alloc(0);
  #headRead: ((head: AnswerHead) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #error: Error | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #sink: BodySink | undefined;
  #bodyRead: (() => void) | undefined;
  #bodyLeft = 0;
  #flushing = false;

  constructor(parent: Parent, identity: PeerIdentity) {
    this.parent = parent;
    this.#secured.promise.catch(() => {});
    const onread = {
      buffer: Buffer.allocUnsafeSlow(scratchBytes),
      callback: (bytes: number, buffer: Uint8Array): boolean =>
        this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
    };
    const options = {
      host: parent.address,
      port: parent.port,
      cert: identity.certificate,
      key: identity.key,
      ca: identity.authority,
      minVersion: 'TLSv1.3',
      ciphers: 'TLS_AES_128_GCM_SHA256',
      onread,
    } as const;
    this.#socket = connect(options, () => this.#secured.resolve());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  get usable(): boolean {
    return this.#error === undefined && this.#bodyLeft === 0;
  }

  /** Asks, and reads the head of the answer. Raises when it does not come within `timeoutMs`. */
  async ask(
    method: 'GET' | 'HEAD',
    path: string,
    range: string | undefined,
    timeoutMs: number,
  ): Promise<AnswerHead> {
    const timer = setTimeout(() => this.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      await this.#secured.promise;
      const answered = new Promise<AnswerHead>((resolve, reject) => {
        this.#headRead = resolve;
        this.#expectFailure(reject);
      });
      const host = `${this.parent.address}:${this.parent.port}`;
      const rangeLine = range === undefined ? '' : `range: ${range}\r\n`;
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${rangeLine}\r\n`);
      const head = await answered;
      this.#bodyLeft = method === 'HEAD' || !(head.contentLength > 0) ? 0 : head.contentLength;
      return head;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the whole body into the sink. */
  async readBody(sink: BodySink): Promise<void> {
    if (this.#bodyLeft === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#bodyRead = resolve;
      this.#sink = sink;
      this.#expectFailure(reject);
      if (this.#drain()) this.#socket.resume();
    });
  }

  destroy(reason?: Error): void {
    this.#fail(reason ?? new Error('the connection was given up'));
    this.#socket.destroy();
  }

  /**
   * Handles what just arrived; false stops the reading until the sink has room again. TLS gives out what it has decrypted
   * already even then, so what is left over is copied out of the one buffer before it is written again.
   */
  #read(piece: Buffer): boolean {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const goOn = this.#handle();
    if (this.#rest.length > 0) this.#rest = Buffer.from(this.#rest);
    return goOn;
  }

  #handle(): boolean {
    if (this.#flushing) return false;
    if (this.#headRead !== undefined && !this.#readHead()) return true;
    return this.#drain();
  }

  #readHead(): boolean {
    const gathered = Buffer.concat([this.#head, this.#rest]);
    const end = gathered.indexOf('\r\n\r\n');
    if (end === -1 && gathered.length < longestHeadBytes) {
      this.#head = gathered;
      return false;
    }
    this.#head = Buffer.alloc(0);
    this.#rest = gathered.subarray(end + 4);
    const headRead = this.#headRead;
    this.#headRead = undefined;
    if (end === -1) this.destroy(new Error('the answer has no head'));
    else headRead?.(parseHead(gathered.toString('latin1', 0, end)));
    return end !== -1;
  }

  #drain(): boolean {
    const sink = this.#sink;
    if (sink === undefined) return this.#rest.length === 0;
    while (this.#rest.length > 0 && this.#bodyLeft > 0) {
      const taken = sink.take(this.#rest.subarray(0, this.#bodyLeft));
      this.#rest = this.#rest.subarray(taken);
      this.#bodyLeft -= taken;
      if (sink.whole) {
        this.#flushing = true;
        sink.flush().then(
          () => this.#goOn(),
          (error: Error) => this.destroy(error),
        );
        return false;
      }
    }
    return true;
  }

  #goOn(): void {
    this.#flushing = false;
    if (this.#error !== undefined) return;
    if (this.#bodyLeft === 0) {
      this.#sink = undefined;
      this.#bodyRead?.();
    } else if (!this.#drain()) return;
    this.#socket.resume();
  }

  #expectFailure(reject: (error: Error) => void): void {
    this.#failed = reject;
    if (this.#error !== undefined) reject(this.#error);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#secured.reject(this.#error);
    this.#failed?.(this.#error);
  }
}

function parseHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const length = lines.find((line) => /^content-length:/i.test(line))?.slice('content-length:'.length);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    contentLength: length === undefined ? Number.NaN : Number(length),
  };
}
