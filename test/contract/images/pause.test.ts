import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileOwnProgram, type OwnProgram, type RunningProgram, startProgram } from './own-program.ts';

let program: OwnProgram;

beforeAll(async () => {
  program = await compileOwnProgram('pause');
}, 300_000);
afterAll(async () => await program.remove());

describe('pause', () => {
  it('buries a child that died before it could listen, and one that dies later', async () => {
    for (const seconds of ['0', '0.3']) {
      const pause = withChild(seconds);
      await childBuried(pause);
      pause.child.kill();
      await pause.ended;
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const pause = withChild('0');
    await childBuried(pause);
    pause.child.kill(signal);
    expect(await pause.ended).toBe(0);
  });
});

/** The shell starts a child that ends later, then becomes pause: the child is then pause's own, as an orphan in a pod would be. */
function withChild(seconds: string): RunningProgram {
  return startProgram('sh', ['-c', 'sleep "$1" & exec "$0"', program.file, seconds]);
}

/** Nothing else tells from outside that pause has begun to listen: it buries only from then on. */
async function childBuried({ child }: RunningProgram): Promise<void> {
  const process = `/proc/${child.pid}`;
  const buried = async (): Promise<boolean> =>
    (await readFile(`${process}/comm`, 'utf8')).trim() === 'program' &&
    (await readFile(`${process}/task/${child.pid}/children`, 'utf8')).trim() === '';
  await expect.poll(buried, { timeout: 5000 }).toBe(true);
}
