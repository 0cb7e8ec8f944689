import { createConnection, createServer, type Server } from 'node:net';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, hexOf } from './digest.ts';

export interface MachineLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock, with that process' id, or "unknown". */
  readonly onWait?: (holder: string) => void;
}

const longestNameBytes = 90;

/**
 * Runs `work` while no other process on this machine holds the lock of the same name, and waits as long as one does. The lock is
 * a socket in the kernel's abstract name space: it needs no file and is gone with its process, however that ends.
 */
export async function withMachineLock<T>(
  name: string,
  options: MachineLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  // The kernel takes no more than 107 bytes; a folder's name may be longer.
  const isShort = Buffer.byteLength(name) <= longestNameBytes;
  const path = `\0perimeter/${isShort ? name : hexOf(digestOf(name))}`;
  let server = await tryListen(path);
  if (server === undefined) options.onWait?.(await holderOf(path));
  while (server === undefined) {
    await delay(200, undefined, options.signal === undefined ? {} : { signal: options.signal });
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
        answer += String(chunk);
      })
      .on('error', () => resolve('unknown'))
      .on('close', () => resolve(answer === '' ? 'unknown' : answer));
  });
}
