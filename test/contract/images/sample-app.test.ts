import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileOwnProgram, type OwnProgram, type RunningProgram, startProgram } from './own-program.ts';

let program: OwnProgram;
let running: RunningProgram | undefined;

beforeAll(async () => {
  program = await compileOwnProgram('sample-app');
}, 300_000);
afterAll(async () => await program.remove());
afterEach(async () => {
  running?.child.kill();
  await running?.ended;
  running = undefined;
});

describe('sample-app', () => {
  it('shows what it was given, and of the secret only the start of its hash', async () => {
    const secret = join(program.folder, 'secret');
    await writeFile(secret, 'first');
    const address = await start({
      ENVIRONMENT: 'test',
      APP_VERSION: 'v7',
      MESSAGE: 'hello',
      SECRET_FILE: secret,
    });
    const first = await read(address);
    expect(first).toEqual({
      version: 'v7',
      environment: 'test',
      message: 'hello',
      secret: true,
      secretSha256: hashOf('first'),
    });
    await writeFile(secret, 'second');
    expect(await read(address)).toMatchObject({ secretSha256: hashOf('second') });
  });

  it('says that its secret did not come', async () => {
    const address = await start({ SECRET_FILE: join(program.folder, 'absent') });
    expect(await read(address)).toMatchObject({ secret: false });
  });

  it('prefers the message file, and reads it anew', async () => {
    const file = join(program.folder, 'message');
    await writeFile(file, 'one\n');
    const address = await start({ MESSAGE: 'other', MESSAGE_FILE: file });
    expect(await read(address)).toMatchObject({ message: 'one' });
    await writeFile(file, 'two\n');
    expect(await read(address)).toMatchObject({ message: 'two' });
  });

  it('is healthy, and with BREAK=notready answers but is not', async () => {
    expect((await fetch(`${await start({})}/healthz`)).status).toBe(200);
    running?.child.kill();
    await running?.ended;
    const broken = await start({ BREAK: 'notready' });
    expect((await fetch(`${broken}/healthz`)).status).toBe(503);
    expect((await fetch(broken)).status).toBe(200);
  });

  it.each([
    ['crash', 1],
    ['unheard-of', 2],
  ])('with BREAK=%s ends with %i', async (broken, exitCode) => {
    const ended = await execa(program.file, { env: { BREAK: broken }, reject: false });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(broken);
  });

  it('ends with 0 on SIGTERM', async () => {
    await start({});
    running?.child.kill('SIGTERM');
    expect(await running?.ended).toBe(0);
  });
});

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 12);

const read = async (address: string): Promise<unknown> => await (await fetch(address)).json();

/** Starts the program on a port that was free and waits for the line that says it listens. */
async function start(env: Record<string, string>): Promise<string> {
  const listen = `127.0.0.1:${await freePort()}`;
  const { child, ended } = startProgram(program.file, [], { ...env, LISTEN: listen });
  running = { child, ended };
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (text: Buffer) => {
      if (text.includes('listens on')) resolve();
    });
    void ended.then((code) => reject(new Error(`sample-app ended with ${code}`)), reject);
  });
  return `http://${listen}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
