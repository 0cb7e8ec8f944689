import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileOwnProgram, type OwnProgram, type RunningProgram, startProgram } from './own-program.ts';

let program: OwnProgram;

beforeAll(async () => {
  program = await compileOwnProgram('pause');
}, 300_000);
afterAll(async () => await program.remove());

describe('pause', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('sleeps, and ends with 0 on %s', async (signal) => {
    const pause = startProgram(program.file);
    await sleeping(pause);
    pause.child.kill(signal);
    expect(await pause.ended).toBe(0);
  });

  it('buries the children that it is left with', async () => {
    // The shell starts a child that ends later, then becomes pause: the child is then pause's own, as an orphan in a pod would be.
    const pause = startProgram('sh', ['-c', 'sleep 0.3 & exec "$0"', program.file]);
    await sleeping(pause);
    const children = `/proc/${pause.child.pid}/task/${pause.child.pid}/children`;
    await expect.poll(async () => (await readFile(children, 'utf8')).trim(), { timeout: 5000 }).toBe('');
    pause.child.kill();
    expect(await pause.ended).toBe(0);
  });
});

/** Waits until the process is pause itself and has its signal handler. */
async function sleeping({ child }: RunningProgram): Promise<void> {
  const caught = async (): Promise<boolean> => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const mask = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    const comm = await readFile(`/proc/${child.pid}/comm`, 'utf8');
    const sigterm = 1n << 14n;
    return comm.trim() === 'program' && (mask & sigterm) !== 0n;
  };
  await expect.poll(caught, { timeout: 5000 }).toBe(true);
}
