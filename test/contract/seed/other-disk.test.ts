import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { Seeding } from './seeding.ts';

const bundle = madeBundle([{ name: 'etcd', layers: [{ bytes: 26e6, salt: 'etcd' }] }]);
let seeding: Seeding;
let runtime = '';

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 2);
  runtime = join(seeding.directory, 'n2', 'containerd');
  await mkdir(runtime, { recursive: true });
});
afterEach(async () => {
  await execa('umount', [runtime]);
  await seeding.remove();
});

const mount = (size: string): Promise<unknown> =>
  execa('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', runtime]);

test('containerd on a file system of its own is asked for room before anything is sent', async () => {
  await mount('50m');
  await expect(seeding.run()).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    message: expect.stringMatching(/^n2: .*\/n2\/containerd has 52\.4 MB free, but 117 MB are needed/),
  });
  for (const name of seeding.names) expect(await seeding.missing(name)).toEqual(seeding.blobs);
});

test('and lets what fits through', async () => {
  await mount('200m');
  await seeding.run();
  for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
});
