import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchFromPeer } from '../../../installer/agent/fetch-from-peer.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { unpackAgent } from '../../support/agent-under-test.ts';

/** A real agent that lends a file, and a shell that takes it, as on two nodes. */
const word = 'a'.repeat(32);
const content = noise(3_000_001, 'runtime');
const host = localHost('taker');
let folder = '';
let lender: ChildProcess | undefined;

const from = (port: number, said = word) =>
  ({ kind: 'peer', name: 'lender', address: '127.0.0.1', port, word: said }) as const;

async function lend(): Promise<number> {
  const { program, runtime } = await unpackAgent(folder);
  await writeFile(join(folder, 'file'), content);
  lender = spawn(runtime, [program, 'lend', join(folder, 'file'), word], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: lender.stdout as NodeJS.ReadableStream }))
    return (JSON.parse(line) as { port: number }).port;
  throw new Error('the lender said nothing');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lend-file-'));
});
afterEach(async () => {
  lender?.kill('SIGKILL');
  lender = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe('a file that one node lends to another', () => {
  it('arrives whole, also at several at once', async () => {
    const port = await lend();
    const files = ['one', 'two', 'three'].map((name) => join(folder, name));
    await Promise.all(files.map((file) => fetchFromPeer(host, from(port), file)));
    for (const file of files) expect((await readFile(file)).equals(content), file).toBe(true);
  });

  it('is not given to who does not know the word', async () => {
    const port = await lend();
    const taking = fetchFromPeer(host, from(port, 'b'.repeat(32)), join(folder, 'one'));
    await expect(taking).rejects.toMatchObject({
      code: 'E_HOST_COMMAND',
      message: expect.stringContaining('404'),
    });
  });

  it('is lent no longer than the one who asked for it stays', async () => {
    const port = await lend();
    const ended = once(lender as ChildProcess, 'exit');
    lender?.stdin?.end();
    expect((await ended)[0]).toBe(0);
    await expect(fetchFromPeer(host, from(port), join(folder, 'one'))).rejects.toMatchObject({
      code: 'E_HOST_COMMAND',
    });
  });

  it('is given up when the peer falls silent in the middle, or never speaks', async () => {
    for (const beginning of [content.subarray(0, 100_000), undefined]) {
      const server = createServer((_request, response) => {
        if (beginning !== undefined) response.writeHead(200).write(beginning);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const { port } = server.address() as AddressInfo;
        const startedAt = performance.now();
        await expect(fetchFromPeer(host, from(port), join(folder, 'one'), 500)).rejects.toMatchObject({
          code: 'E_HOST_COMMAND',
        });
        expect(performance.now() - startedAt).toBeLessThan(6000);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }
  });

  it('fails in words when the peer hangs up at once', async () => {
    const server = createServer((request) => request.socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      await expect(fetchFromPeer(host, from(port), join(folder, 'one'))).rejects.toMatchObject({
        code: 'E_HOST_COMMAND',
      });
    } finally {
      server.close();
    }
  });
});
