import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSignedBy } from '../../../installer/base/signature.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const keys = async (): Promise<SigningKeys> => new SigningKeys(await temporaryFolder());

test('a key is made once, its private half for its owner alone', async () => {
  const all = await keys();
  const made = await all.make('builder');
  expect((await stat(join(all.directory, 'builder.key'))).mode & 0o777).toBe(0o600);
  expect(await all.list()).toEqual([made]);
  const signer = await all.open('builder');
  const signature = signer.sign('text');
  expect(isSignedBy(made.publicKey, 'text', signature)).toBe(true);
  expect(isSignedBy(made.publicKey, 'test', signature)).toBe(false);
  expect(isSignedBy(made.publicKey, 'text', `${signature.slice(0, -1)}\n`)).toBe(false);
  await expect(all.make('builder')).rejects.toMatchObject({
    code: 'E_KEY_FILE',
    hint: expect.stringContaining('rotate'),
  });
});

test('ensure makes the key the first time and says so', async () => {
  const all = await keys();
  const first = await all.ensure('builder');
  const second = await all.ensure('builder');
  expect([first.made, second.made]).toEqual([true, false]);
  expect(second.signer.fingerprint).toBe(first.signer.fingerprint);
});

test('many who need it at once get one and the same key', async () => {
  const all = await keys();
  const got = await Promise.all(
    Array.from({ length: 5 }, () => new SigningKeys(all.directory).ensure('builder')),
  );
  expect(new Set(got.map(({ signer }) => signer.fingerprint)).size).toBe(1);
});

test('a locked key opens with its passphrase alone, and never lies there in clear', async () => {
  const all = await keys();
  await all.make('importer', 'a good passphrase');
  expect(await readFile(join(all.directory, 'importer.key'), 'utf8')).toContain(
    'BEGIN ENCRYPTED PRIVATE KEY',
  );
  await expect(all.open('importer')).rejects.toMatchObject({
    hint: expect.stringContaining('--passphrase-file'),
  });
  await expect(all.open('importer', 'a wrong passphrase')).rejects.toMatchObject({ code: 'E_KEY_FILE' });
  expect((await all.open('importer', 'a good passphrase')).sign('text')).not.toBe('');
});

test.each([
  ['open to others', async (file: string) => await chmod(file, 0o644), /can be read by others/],
  ['gone', async (file: string) => await rm(file), /Only the public half/],
  ['no key at all', async (file: string) => await writeFile(file, 'text'), /cannot be used/],
])('a private key that is %s is refused', async (_what, spoil, message) => {
  const all = await keys();
  await all.make('builder');
  await spoil(join(all.directory, 'builder.key'));
  await expect(all.open('builder')).rejects.toMatchObject({
    code: 'E_KEY_FILE',
    message: expect.stringMatching(message),
  });
});

test('halves of two keys are refused', async () => {
  const all = await keys();
  await all.make('one');
  await all.make('other');
  await writeFile(join(all.directory, 'one.pub'), await readFile(join(all.directory, 'other.pub')));
  await expect(all.open('one')).rejects.toThrow('halves of different keys');
});

test('names that lead out of the folder are refused', async () => {
  const all = await keys();
  for (const name of ['../builder', 'a/b', '', 'Upper'])
    await expect(all.make(name), name).rejects.toThrow('cannot be the name');
  await expect(all.show('nobody')).rejects.toThrow('There is no key "nobody"');
});
