import { join } from 'node:path';
import type { Events } from '../../base/events.ts';
import { cacheDirectory } from '../../base/files.ts';
import { SigningKeys } from '../signing-keys.ts';
import { builderKey } from '../trust.ts';
import { type SignatureFiles, signIndex } from './bundle-signature.ts';

export interface SealOptions {
  /** Name of the signing key; default `builder`, which is made the first time. */
  readonly key?: string;
  /** When the key is locked. */
  readonly passphrase?: string;
  /** Default: the person's configuration folder. */
  readonly keysDirectory?: string;
  readonly cacheRoot?: string;
}

export interface Seal {
  readonly files: SignatureFiles;
  /** PEM of the key that signed. */
  readonly publicKey: string;
}

/** Signs the index of a bundle with the builder's key. Raises E_KEY_FILE. */
export async function sealIndex(index: string, options: SealOptions, events: Events): Promise<Seal> {
  const keys = new SigningKeys(options.keysDirectory);
  const name = options.key ?? builderKey;
  const { signer, made } =
    name === builderKey
      ? await keys.ensure(name, options.passphrase)
      : { signer: await keys.open(name, options.passphrase), made: false };
  if (made)
    events.emit({
      kind: 'note',
      scope: ['bundle', 'sign'],
      text: `made a key to sign bundles with: ${join(keys.directory, `${name}.key`)}, fingerprint ${signer.fingerprint}; keep a copy of it in a safe place`,
    });
  const cache =
    options.cacheRoot === undefined ? cacheDirectory('signatures') : join(options.cacheRoot, 'signatures');
  const files = await signIndex(index, signer, await keys.rotationsOf(name), cache);
  return { files, publicKey: signer.publicKey };
}
