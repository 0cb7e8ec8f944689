import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyFileProblem } from '../../../installer/site/key-file.ts';
import { privateKey, siteFolder } from './site-folder.ts';

async function problemOf(content: string): Promise<string | undefined> {
  return keyFileProblem(join(await siteFolder({ key: content }), 'key'));
}

/** The outer form of a key as ssh-keygen writes it, as far as the cipher's name. */
function opensshKey(cipher: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    length,
    Buffer.from(cipher),
    Buffer.alloc(100),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

test('a private key without a passphrase is fine in both forms', async () => {
  expect(await problemOf(privateKey())).toBeUndefined();
  expect(await problemOf(opensshKey('none'))).toBeUndefined();
});

test('a key with a passphrase is refused in both forms', async () => {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  const locked = key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'p' });
  expect(await problemOf(locked)).toMatch(/asks for a passphrase/);
  expect(await problemOf(opensshKey('aes256-ctr'))).toMatch(/asks for a passphrase/);
});

test('a public key, some other text and a folder are refused', async () => {
  expect(await problemOf('ssh-ed25519 AAAA me\n')).toMatch(/is a public key; name the private one/);
  expect(await problemOf('hello\n')).toMatch(/is no private SSH key/);
  expect(await keyFileProblem(await siteFolder())).toMatch(/is no file/);
});
