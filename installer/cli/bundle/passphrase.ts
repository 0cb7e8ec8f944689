import { readFile, stat } from 'node:fs/promises';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { PerimeterError } from '../../base/errors.ts';
import { registerSecret } from '../../base/redact.ts';

export const passphraseOption = {
  type: 'string',
  value: 'FILE',
  summary: 'file (0600) with the passphrase of the signing key, or - for standard input',
} as const;

/** First line of a private file or of standard input; a passphrase never comes by the command line. Raises E_KEY_FILE. */
export async function readPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const [line = ''] = (file === '-' ? await text(process.stdin) : await readPrivate(file)).split('\n');
  if (line.length < 8) {
    throw new PerimeterError('E_KEY_FILE', {
      message: `The passphrase ${file === '-' ? 'on standard input' : `in ${file}`} has fewer than 8 characters`,
      hint: 'Put the passphrase on the first line.',
    });
  }
  registerSecret(line);
  return line;
}

async function readPrivate(file: string): Promise<string> {
  const status = await stat(file).catch(() => undefined);
  if (status?.isFile() !== true)
    throw new PerimeterError('E_KEY_FILE', {
      message: `There is no file ${file}`,
      hint: 'Name the file with the passphrase.',
    });
  if ((status.mode & 0o077) !== 0)
    throw new PerimeterError('E_KEY_FILE', {
      message: `${file} can be read by others`,
      hint: `chmod 600 ${file}`,
    });
  return await readFile(file, 'utf8');
}
