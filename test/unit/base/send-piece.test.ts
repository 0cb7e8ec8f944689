import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { sendPiece } from '../../../installer/base/send-piece.ts';
import { noise } from '../../fixtures/made-bundle.ts';

describe('a piece that is sent', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  it('is with the network when it is done: its memory can take the next one', async () => {
    server = createServer(async (incoming, answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      answer.end(digestOf(Buffer.concat(chunks)));
    }).listen(0);
    await once(server, 'listening');
    const content = noise(8_000_000, 'sent');
    const { port } = server.address() as AddressInfo;
    const message = request({ port, method: 'PUT', headers: { 'content-length': content.length } });
    const answered = once(message, 'response');
    const memory = Buffer.alloc(200_000);
    for (let at = 0; at < content.length; at += memory.length) {
      content.copy(memory, 0, at);
      await sendPiece(message, memory);
    }
    message.end();
    expect(await text((await answered)[0])).toBe(digestOf(content));
  });

  it('is an error when the message ends first, which forgets what it was to tell', async () => {
    server = createServer(() => {}).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ maxSockets: 1 });
    const first = request({ port, agent }).on('error', () => {});
    first.end();
    // Waits for a connection, which the first one has.
    const message = request({ port, agent, method: 'PUT' }).on('error', () => {});
    const sending = sendPiece(message, Buffer.alloc(10));
    message.destroy();
    first.destroy();
    await expect(sending).rejects.toThrow('the connection ended');
    await expect(sendPiece(message, Buffer.alloc(10))).rejects.toThrow();
  });
});
