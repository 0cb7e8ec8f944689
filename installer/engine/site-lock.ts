import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { digestOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { formatDuration } from '../base/units.ts';
import type { Site } from '../site/site.ts';

/** Who works on a site. */
export interface LockOwner {
  readonly user: string;
  readonly machine: string;
  readonly pid: number;
  readonly verb: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/**
 * Does the work while nobody else changes the same site. Raises E_SITE_LOCKED with owner and age when somebody does.
 *
 * The lock is a socket in the kernel's abstract name space, named after the site folder: the kernel gives it to exactly one
 * process and takes it back when that process ends, however it ends. So a dead owner holds nothing, and two that come after
 * it cannot both win. The owner answers on the socket who it is; the file `.perimeter/lock` says the same to people.
 */
export async function withSiteLock<T>(
  site: Pick<Site, 'name' | 'directory'>,
  verb: string,
  work: () => Promise<T>,
): Promise<T> {
  const address = `\0perimeter/site/${digestOf(await realpath(site.directory))}`;
  const owner: LockOwner = {
    user: userInfo().username,
    machine: hostname(),
    pid: process.pid,
    verb,
    since: new Date().toISOString(),
  };
  const server = await tryTake(address, owner);
  if (server === undefined) throw lockedError(site, await askOwner(address));
  const file = join(site.directory, '.perimeter', 'lock');
  try {
    // Not made to last: after a power cut nobody holds the lock, whatever the file says.
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(owner)}\n`);
    return await work();
  } finally {
    await rm(file, { force: true });
    server.close();
  }
}

function tryTake(address: string, owner: LockOwner): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(JSON.stringify(owner)));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path: address }, () => resolve(server));
    server.unref();
  });
}

/** Undefined when the owner ended while it was asked. */
function askOwner(address: string): Promise<LockOwner | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    createConnection(address)
      .on('data', (chunk) => {
        answer += String(chunk);
      })
      .on('error', () => resolve(undefined))
      .on('close', () => resolve(answer === '' ? undefined : (JSON.parse(answer) as LockOwner)));
  });
}

function lockedError(site: Pick<Site, 'name'>, owner: LockOwner | undefined): PerimeterError {
  const who =
    owner === undefined
      ? 'a process that is just ending'
      : `${owner.user} on ${owner.machine} (process ${owner.pid}, "${owner.verb}"), for ${formatDuration(Date.now() - Date.parse(owner.since))}`;
  return new PerimeterError('E_SITE_LOCKED', {
    message: `Site ${site.name} is being worked on by ${who}.`,
    hint: 'Wait until that run has ended, or stop it with Ctrl-C there; its lock goes away with it. Then run the same command again.',
    retryable: true,
  });
}
