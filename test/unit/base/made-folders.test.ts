import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withMachineLock } from '../../../installer/base/machine-lock.ts';
import { MadeFolders } from '../../../installer/base/made-folders.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('makes what leads to a folder, and takes away what stayed empty of it', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'there'));
  const folders = new MadeFolders();
  await folders.make(join(root, 'there', 'a', 'b', 'c'));
  await folders.make(join(root, 'there', 'a', 'full'));
  await writeFile(join(root, 'there', 'a', 'full', 'file'), '');
  await folders.removeEmpty();
  expect((await readdir(root, { recursive: true })).toSorted()).toEqual([
    'there',
    'there/a',
    'there/a/full',
    'there/a/full/file',
  ]);
});

it('takes away what it made before it failed, and nothing that others had', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'empty'));
  const folders = new MadeFolders();
  await folders.make(join(root, 'empty'));
  const tooLong = join(root, 'empty', 'a', 'x'.repeat(300));
  await expect(folders.make(tooLong)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  await folders.make(join(root, 'empty', 'a', 'b'));
  await folders.removeEmpty();
  expect(await readdir(root, { recursive: true })).toEqual(['empty']);
});

it('goes through links, is told of files in the way, and ends where no folder can be made', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'real'));
  await symlink('real', join(root, 'link'));
  await writeFile(join(root, 'file'), '');
  await symlink('nowhere', join(root, 'dangling'));
  const folders = new MadeFolders();
  await folders.make(join(root, 'link', 'below'));
  expect(await readdir(join(root, 'real'))).toEqual(['below']);
  await expect(folders.make(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(folders.make(join(root, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(folders.make(join(root, 'dangling'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(folders.make('/proc/new/new')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('many at once make the same folders', async () => {
  const root = await temporaryFolder();
  const names = Array.from({ length: 20 }, (_, number) => join(root, 'a', 'b', 'c', String(number)));
  await Promise.all(names.map((name) => new MadeFolders().make(name)));
  expect(await readdir(join(root, 'a', 'b', 'c'))).toHaveLength(20);
});

it('a lock may have a name as long as a path', async () => {
  const name = `keys /home/${'a-long-name/'.repeat(30)}`;
  const order: string[] = [];
  await Promise.all(
    ['one', 'two'].map(async (who) =>
      withMachineLock(name, {}, async () => {
        order.push(`${who} in`);
        await Promise.resolve();
        order.push(`${who} out`);
      }),
    ),
  );
  expect(order.map((one) => one.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
});
