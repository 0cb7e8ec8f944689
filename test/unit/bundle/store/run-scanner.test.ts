import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runScanner } from '../../../../installer/bundle/store/run-scanner.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** One that has ended counts as ended, whether or not somebody took note of it. */
async function hasEnded(pid: number): Promise<true | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'Z');
  return /^(\d+ \(.*\) )?[ZX]/.test(status) ? true : undefined;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(10);
  }
  throw new Error('it did not come');
}

/** A scanner that starts another one and waits for it; its numbers stand in a file as soon as both run. */
async function started(
  script: string,
): Promise<{ ended: Promise<unknown>; stop: AbortController; pids: number[] }> {
  const file = join(await temporaryFolder(), 'pids');
  const stop = new AbortController();
  const ended = runScanner(['/bin/sh', '-c', script, 'scan', file], stop.signal).catch(
    (error: unknown) => error,
  );
  const pids = await until(async () => {
    const words = (await readFile(file, 'utf8').catch(() => '')).trim().split(/\s+/);
    return words.length === 2 ? words.map(Number) : undefined;
  });
  return { ended, stop, pids };
}

it('stopped by the person, it ends with all that it started, and says so as an interruption', async () => {
  const { ended, stop, pids } = await started('sleep 300 & echo $$ $! >"$1"; wait');
  stop.abort();
  expect(await ended).toBe(stop.signal.reason);
  for (const pid of pids) await until(() => hasEnded(pid));
});

it('one that does not listen is ended all the same', async () => {
  const { ended, stop, pids } = await started(
    "trap '' TERM; (trap '' TERM; sleep 300) & echo $$ $! >\"$1\"; wait",
  );
  stop.abort();
  expect(await ended).toBe(stop.signal.reason);
  for (const pid of pids) await until(() => hasEnded(pid));
});

it('what it leaves behind does not hold it open', async () => {
  const { ended, pids } = await started('sleep 300 & echo $$ $! >"$1"; echo clean');
  expect(await ended).toMatchObject({ exitCode: 0, output: Buffer.from('clean\n') });
  for (const pid of pids) await until(() => hasEnded(pid));
});

it('stopped before it began, it does not begin', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(runScanner(['/nowhere/scanner'], stopped)).rejects.toThrow('stopped');
});
