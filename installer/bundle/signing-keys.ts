import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';
import { configDirectory, readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { withMachineLock } from '../base/machine-lock.ts';
import { registerSecret } from '../base/redact.ts';
import { fingerprintOf, makePrivateKey, type Signer, signerOf } from '../base/signature.ts';
import { formatRotation } from './trust/rotation.ts';

export type { Signer };

export interface KnownKey {
  readonly name: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** False when only the public half lies here. */
  readonly canSign: boolean;
}

/**
 * The person's keys: NAME.key (private, 0600), NAME.pub, NAME.rotations.json (what earlier keys of that name said when they handed
 * over). They lie outside the checkout and outside every site folder.
 */
export class SigningKeys {
  readonly directory: string;

  constructor(directory = configDirectory('keys')) {
    this.directory = directory;
  }

  /** Raises E_KEY_FILE when there is one of that name already. */
  async make(name: string, passphrase?: string): Promise<KnownKey> {
    this.#requireName(name);
    // Two programs at once must not leave halves of two keys.
    return await withMachineLock(`keys ${this.directory}`, {}, async () => {
      if ((await readFileIfThere(this.#path(name, 'pub'))) !== undefined)
        throw keyFile(`There is a key "${name}" already: ${this.#path(name, 'pub')}`, {
          hint: `To replace it: perimeter bundle key rotate ${name}`,
        });
      return await this.#write(name, passphrase);
    });
  }

  /** A private half that a crash left without its public half is never used: the public one is written last. */
  async #write(name: string, passphrase: string | undefined): Promise<KnownKey> {
    const pem = makePrivateKey(passphrase);
    registerSecret(pem);
    const { publicKey, fingerprint } = signerOf(pem, passphrase);
    await writeFileAtomic(this.#path(name, 'key'), pem, 0o600);
    await writeFileAtomic(this.#path(name, 'pub'), publicKey);
    return { name, publicKey, fingerprint, canSign: true };
  }

  /** Sorted by name. Files that are no keys are passed over. */
  async list(): Promise<readonly KnownKey[]> {
    const files = await readdir(this.directory).catch(() => [] as string[]);
    const names = files.filter((file) => file.endsWith('.pub')).map((file) => file.slice(0, -'.pub'.length));
    const known = await Promise.all(names.toSorted().map((name) => this.#find(name)));
    return known.filter((key) => key !== undefined);
  }

  /** Raises E_KEY_FILE when there is none of that name. */
  async show(name: string): Promise<KnownKey> {
    this.#requireName(name);
    const found = await this.#find(name);
    if (found !== undefined) return found;
    throw keyFile(`There is no key "${name}" in ${this.directory}`, {
      hint: `Make it: perimeter bundle key make ${name}`,
    });
  }

  /** Raises E_KEY_FILE when the private half is absent, readable by others, locked, or no key. */
  async open(name: string, passphrase?: string): Promise<Signer> {
    const { publicKey } = await this.show(name);
    const path = this.#path(name, 'key');
    const status = await stat(path).catch(() => undefined);
    if (status === undefined)
      throw keyFile(`Only the public half of the key "${name}" lies in ${this.directory}`, {
        hint: 'Sign where the private half lies, or make a key of your own: perimeter bundle key make NAME',
      });
    if ((status.mode & 0o077) !== 0)
      throw keyFile(`${path} can be read by others`, { hint: `chmod 600 ${path}` });
    const pem = (await readFileIfThere(path)) ?? '';
    registerSecret(pem);
    if (passphrase === undefined && pem.includes('ENCRYPTED'))
      throw keyFile(`The key ${path} is locked by a passphrase`, {
        hint: 'Give it in a file or by standard input: --passphrase-file FILE, or --passphrase-file -',
      });
    try {
      const signer = signerOf(pem, passphrase);
      if (signer.publicKey === publicKey) return signer;
    } catch (cause) {
      throw keyFile(`The key ${path} cannot be used: ${messageOf(cause)}`, {
        hint: 'If it is locked, look at the passphrase. If the file is damaged, take it from its backup.',
        cause,
      });
    }
    throw keyFile(`${path} and ${this.#path(name, 'pub')} are halves of different keys`, {
      hint: 'Take both from their backup.',
    });
  }

  /** Opens the key, and makes it first when there is none. */
  async ensure(
    name: string,
    passphrase?: string,
  ): Promise<{ readonly signer: Signer; readonly made: boolean }> {
    const made = (await this.#find(name)) === undefined;
    if (made) {
      await this.make(name, passphrase).catch((error: unknown) => {
        // Another program may have been faster; its key is as good.
        if (!isPerimeterError(error, 'E_KEY_FILE')) throw error;
      });
    }
    return { signer: await this.open(name, passphrase), made };
  }

  /**
   * Puts a new key in the place of an old one, which says by its signature that the new one takes over. The old one stays, as
   * NAME-<first digits of its fingerprint>.
   */
  async rotate(
    name: string,
    passphrase?: string,
    newPassphrase?: string,
  ): Promise<{ readonly key: KnownKey; readonly kept: string }> {
    const old = await this.open(name, passphrase);
    const kept = `${name}-${old.fingerprint.slice('sha256:'.length, 'sha256:'.length + 8)}`;
    const privatePem = (await readFileIfThere(this.#path(name, 'key'))) ?? '';
    await writeFileAtomic(this.#path(kept, 'key'), privatePem, 0o600);
    await writeFileAtomic(this.#path(kept, 'pub'), old.publicKey);
    const before = await this.rotationsOf(name);
    const pem = makePrivateKey(newPassphrase);
    registerSecret(pem);
    const next = signerOf(pem, newPassphrase);
    const statements = [...before, formatRotation(old, next.publicKey, new Date())];
    await writeFileAtomic(this.#path(name, 'rotations.json'), `${JSON.stringify(statements)}\n`);
    await writeFileAtomic(this.#path(name, 'key'), pem, 0o600);
    await writeFileAtomic(this.#path(name, 'pub'), next.publicKey);
    return { key: await this.show(name), kept };
  }

  /** Texts of the statements by which earlier keys of this name handed over, oldest first. */
  async rotationsOf(name: string): Promise<readonly string[]> {
    const text = await readFileIfThere(this.#path(name, 'rotations.json'));
    return text === undefined ? [] : (JSON.parse(text) as string[]);
  }

  async #find(name: string): Promise<KnownKey | undefined> {
    const publicKey = await readFileIfThere(this.#path(name, 'pub'));
    const fingerprint = publicKey === undefined ? undefined : fingerprintOf(publicKey);
    if (publicKey === undefined || fingerprint === undefined) return undefined;
    const canSign = (await stat(this.#path(name, 'key')).catch(() => undefined)) !== undefined;
    return { name, publicKey, fingerprint, canSign };
  }

  #path(name: string, extension: string): string {
    return join(this.directory, `${name}.${extension}`);
  }

  #requireName(name: string): void {
    if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return;
    throw keyFile(`"${name}" cannot be the name of a key`, {
      hint: 'Take lower-case letters, digits and dashes, such as builder or importer.',
    });
  }
}

function keyFile(message: string, { hint, cause }: { hint: string; cause?: unknown }): PerimeterError {
  return new PerimeterError('E_KEY_FILE', { message, hint, ...(cause === undefined ? {} : { cause }) });
}
