import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';

/**
 * Serves one file to whoever knows the word, for nodes that have nothing but a shell yet. Nothing in it is secret, and whoever takes it
 * proves it by its digest; the word only keeps strangers from using up the link. Ends with standard input, or after `longestMs`.
 */
export async function lendFile(path: string, word: string, longestMs: number): Promise<void> {
  const { size } = await stat(path);
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== `/${word}`) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': size, connection: 'close' });
    createReadStream(path).pipe(response);
  });
  server.maxConnections = 16;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, resolve);
  });
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
  await new Promise<void>((resolve) => {
    setTimeout(resolve, longestMs).unref();
    process.stdin.resume().once('end', resolve).once('close', resolve);
  });
  server.close();
  server.closeAllConnections();
}
