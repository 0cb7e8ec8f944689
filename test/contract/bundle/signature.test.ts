import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { formatStatement } from '../../../installer/bundle/trust/signed-statement.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

/** As README tells an auditor: nothing but tar, base64, openssl and the builder's public key. */
const byOpenssl = `set -e
tar -xf "$1" index.json index.json.sig
base64 -d index.json.sig > index.json.der
openssl dgst -sha256 -verify "$2" -signature index.json.der index.json`;

const sh = (script: string, folder: string, ...args: string[]) => {
  const { status, stdout } = spawnSync('sh', ['-c', script, 'sh', ...args], { cwd: folder });
  return { status, said: String(stdout).trim() };
};

describe('a signed bundle, seen by standard tools', () => {
  it('openssl verifies the index with the public key alone, and refuses another key', async () => {
    await using workshop = await smallWorkshop();
    const { file } = await workshop.build();
    const keys = new SigningKeys(workshop.options.keysDirectory);
    await keys.make('stranger');
    const key = (name: string): string => join(keys.directory, `${name}.pub`);
    expect(sh(byOpenssl, workshop.folder, file, key('builder'))).toEqual({ status: 0, said: 'Verified OK' });
    expect(sh(byOpenssl, workshop.folder, file, key('stranger')).said).toBe('Verification failure');
  });

  it('openssl reads the private key, locked and not', async () => {
    await using workshop = await smallWorkshop();
    const keys = new SigningKeys(workshop.options.keysDirectory);
    await keys.make('open');
    await keys.make('locked', 'a good passphrase');
    const publicHalf = (name: string): string =>
      String(
        execFileSync(
          'openssl',
          ['pkey', '-in', join(keys.directory, `${name}.key`), '-passin', 'stdin', '-pubout'],
          {
            input: 'a good passphrase\n',
          },
        ),
      );
    for (const name of ['open', 'locked']) expect(publicHalf(name)).toBe((await keys.show(name)).publicKey);
  });

  it('openssl verifies a signed statement: its payload with sorted keys and no spaces', async () => {
    await using workshop = await smallWorkshop();
    const keys = new SigningKeys(workshop.options.keysDirectory);
    const { signer } = await keys.ensure('importer');
    const payload = { kind: 'test', words: ['b', 'a'], inner: { z: 1, a: 'Grüße' } };
    await writeFile(join(workshop.folder, 'statement.json'), formatStatement(payload, signer));
    const script = `set -e
jq -jcS .payload statement.json > payload
jq -jr .signature statement.json | base64 -d > payload.der
openssl dgst -sha256 -verify "$1" -signature payload.der payload`;
    expect(sh(script, workshop.folder, join(keys.directory, 'importer.pub'))).toEqual({
      status: 0,
      said: 'Verified OK',
    });
  });
});
