import { readFile } from 'node:fs/promises';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { fingerprintOf } from '../../base/signature.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { type BundleTrust, trustOfKeys, trustOfSite } from '../../bundle/trust.ts';
import { loadSite } from '../../site/load-site.ts';
import type { OptionValues } from '../verb.ts';

/** What every verb takes that reads a bundle: a signature always has to be held against some key. */
export const trustOptions = {
  key: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    summary: 'public key of a trusted builder; default: the keys of this person (perimeter bundle key ls)',
  },
  site: { type: 'string', value: 'SITE', summary: 'trust the keys in the site.yaml of this site folder' },
} as const;

export async function chosenTrust({ key, site }: OptionValues<typeof trustOptions>): Promise<BundleTrust> {
  if (site !== undefined) return trustOfSite(await loadSite(site));
  if (key.length > 0)
    return trustOfKeys(
      await Promise.all(key.map(async (file) => ({ name: file, publicKey: await read(file) }))),
      '--key',
    );
  const own = new SigningKeys();
  return trustOfKeys(await own.list(), own.directory);
}

async function read(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PerimeterError('E_KEY_FILE', {
      message: `The key ${file} cannot be read: ${messageOf(cause)}`,
      hint: 'Name a file with a public key; where the key was made this writes it: perimeter bundle key show > builder.pub',
    });
  });
  if (fingerprintOf(text) !== undefined) return text;
  throw new PerimeterError('E_KEY_FILE', {
    message: `${file} holds no public ECDSA P-256 key`,
    hint: 'Name a file that begins with -----BEGIN PUBLIC KEY-----',
  });
}
