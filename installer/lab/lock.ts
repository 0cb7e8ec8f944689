import { createConnection, createServer, type Server } from 'node:net';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { PerimeterError } from '../base/errors.ts';

/**
 * Runs `work` while no other process on this machine holds the lock of the same name. The lock is a socket in the
 * kernel's abstract name space: it needs no file and is gone with its process, however that ends.
 * Raises E_LAB, naming the holder, when the lock does not become free in time.
 */
export async function withLock<T>(name: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const path = `\0perimeter-lab/${name}`;
  const deadline = performance.now() + timeoutMs;
  let server = await tryListen(path);
  while (server === undefined) {
    if (performance.now() >= deadline) {
      throw new PerimeterError('E_LAB', {
        message: `Another command works on "${name}" (process ${await holderOf(path)}).`,
        hint: 'Wait until it has ended, then run the same command again.',
        retryable: true,
      });
    }
    await delay(200);
    server = await tryListen(path);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path }, () => resolve(server));
  });
}

function holderOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    createConnection(path)
      .on('data', (chunk) => {
        answer += chunk;
      })
      .on('error', () => resolve('unknown'))
      .on('close', () => resolve(answer || 'unknown'));
  });
}
