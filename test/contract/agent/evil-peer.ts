import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Parent } from '../../../installer/agent/protocol.ts';
import { type Digest, digestOf } from '../../../installer/base/digest.ts';
import type { RunAuthority } from '../../../installer/seed/run-authority.ts';

export interface EvilPeer {
  readonly peer: Parent;
  /** Requests it got. */
  asked(): number;
  close(): void;
}

type Answer = (content: Buffer, start: number, response: ServerResponse) => void;

const head = (content: Buffer, start: number, length: number) => ({
  'content-length': length,
  ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
});

/** Ways in which a peer with a valid certificate of the run can be wrong. */
export const evils: Readonly<Record<string, Answer>> = {
  'flips one byte in the middle': (content, start, response) => {
    const bytes = Buffer.from(content.subarray(start));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    response.writeHead(start === 0 ? 200 : 206, head(content, start, bytes.length)).end(bytes);
  },
  'announces more than there is': (content, start, response) => {
    const length = content.length - start + 1000;
    response.writeHead(start === 0 ? 200 : 206, head(content, start, length));
    response.end(Buffer.alloc(length, 1));
  },
  'announces less than there is': (content, start, response) => {
    const bytes = content.subarray(start, -1);
    response.writeHead(start === 0 ? 200 : 206, head(content, start, bytes.length)).end(bytes);
  },
  'sends another blob of the same length': (content, start, response) => {
    const bytes = Buffer.alloc(content.length - start, 7);
    response.writeHead(start === 0 ? 200 : 206, head(content, start, bytes.length)).end(bytes);
  },
  'ends in the middle': (content, start, response) => {
    response.writeHead(start === 0 ? 200 : 206, head(content, start, content.length - start));
    response.write(content.subarray(start, start + Math.floor((content.length - start) / 2)), () =>
      response.destroy(),
    );
  },
  'gives from another offset than asked': (content, start, response) => {
    response.writeHead(200, head(content, 0, content.length)).end(content);
    void start;
  },
  'has nothing': (_content, _start, response) => void response.writeHead(404).end(),
  'answers with garbage': (_content, _start, response) => {
    response.socket?.end('\x00\x01garbage'.repeat(5000));
  },
};

export async function startEvilPeer(
  authority: RunAuthority,
  contents: readonly Buffer[],
  answer: Answer,
): Promise<EvilPeer> {
  const known = new Map(contents.map((content) => [digestOf(content), content]));
  const { certificate, key, authority: ca } = await authority.issue('evil', ['127.0.0.1']);
  let asked = 0;
  const server = createServer({ cert: certificate, key, ca }, (request: IncomingMessage, response) => {
    asked += 1;
    const digest = (request.url ?? '').split('/').at(-1) as Digest;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    answer(known.get(digest) ?? Buffer.alloc(0), start, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    peer: { name: 'evil', address: '127.0.0.1', port },
    asked: () => asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
