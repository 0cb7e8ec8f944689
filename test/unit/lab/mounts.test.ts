import { expect, it } from 'vitest';
import { mountsBelow } from '../../../installer/lab/mounts.ts';

const table = [
  '/',
  '/labs',
  '/labs/a',
  '/labs/a/root',
  '/labs/a/root/var',
  '/labs/ab',
  '/labs/a/with\\040space',
  '/labs/a/root',
]
  .map((path, index) => `${index + 20} 1 0:39 / ${path} rw,relatime - ext4 /dev/vda rw`)
  .join('\n');

it('finds mounts at and below a folder, the last made first, and no neighbour whose name starts alike', () => {
  expect(mountsBelow(table, '/labs/a')).toEqual([
    '/labs/a/root',
    '/labs/a/with space',
    '/labs/a/root/var',
    '/labs/a/root',
    '/labs/a',
  ]);
});
