import { mkdtempDisposable, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pruneBundles } from '../../../../installer/bundle/build/prune-bundles.ts';

it('keeps the newest bundles and all young ones, and touches nothing else', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bundles-'));
  const put = async (name: string, hoursAgo: number): Promise<void> => {
    await writeFile(join(folder.path, name), '');
    const at = new Date(Date.now() - hoursAgo * 3_600_000);
    await utimes(join(folder.path, name), at, at);
  };
  const bundle = (letter: string): string => `perimeter-${letter.repeat(12)}.tar`;
  for (const [index, letter] of ['a', 'b', 'c', 'd'].entries()) await put(bundle(letter), 10 + index);
  await put(bundle('e'), 0);
  await put(bundle('f'), 1);
  await put(`${bundle('a')}.123.partial`, 5);
  await put(`${bundle('b')}.124.partial`, 0);
  await put('my-own-bundle.tar', 100);
  await pruneBundles(join(folder.path, bundle('e')));
  expect((await readdir(folder.path)).toSorted()).toEqual([
    'my-own-bundle.tar',
    bundle('a'),
    `${bundle('b')}.124.partial`,
    bundle('e'),
    bundle('f'),
  ]);
});
