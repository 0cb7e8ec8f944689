import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../installer/lab/lock.ts';

describe('a lock', () => {
  const name = `unit-${process.pid}`;

  it('lets one after the other in', async () => {
    const seen: string[] = [];
    const work = (label: string) => async () => {
      seen.push(`${label} in`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${label} out`);
    };
    await Promise.all([withLock(name, 5000, work('a')), withLock(name, 5000, work('b'))]);
    const [first = ''] = seen;
    const order = first.startsWith('a')
      ? ['a in', 'a out', 'b in', 'b out']
      : ['b in', 'b out', 'a in', 'a out'];
    expect(seen).toEqual(order);
  });

  it('tells who holds it when it does not come free in time', async () => {
    await withLock(name, 0, async () => {
      await expect(withLock(name, 0, async () => {})).rejects.toMatchObject({
        code: 'E_LAB',
        message: expect.stringContaining(`process ${process.pid}`),
      });
    });
  });

  it('is free again after a failure', async () => {
    await expect(
      withLock(name, 0, async () => {
        throw new Error('work failed');
      }),
    ).rejects.toThrow('work failed');
    expect(await withLock(name, 0, async () => 'free')).toBe('free');
  });
});
