import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withSiteLock } from '../../../installer/engine/site-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perimeter-lock-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('withSiteLock', () => {
  it('refuses the second and names the first with its age', async () => {
    const site = { name: 'unit', directory };
    await withSiteLock(site, 'install', async () => {
      const refused = withSiteLock(site, 'install', async () => 'never');
      await expect(refused).rejects.toMatchObject({ code: 'E_SITE_LOCKED', exitCode: 3 });
      await expect(refused).rejects.toThrow(new RegExp(`process ${process.pid}, "install"\\), for \\d+ ms`));
    });
    expect(await withSiteLock(site, 'plan', async () => 'free again')).toBe('free again');
  });

  it('lets exactly one of many takers win', async () => {
    const site = { name: 'unit', directory };
    let inside = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        withSiteLock(site, 'install', async () => {
          inside += 1;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }),
      ),
    );
    expect([inside, outcomes.filter((outcome) => outcome.status === 'rejected').length]).toEqual([1, 19]);
  });

  it('is not held by the file of a dead owner', async () => {
    await writeFile(join(directory, 'lock'), 'left behind');
    expect(await withSiteLock({ name: 'unit', directory }, 'install', async () => 1)).toBe(1);
  });
});
