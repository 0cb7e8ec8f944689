import { join } from 'node:path';
import { digestOf } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import type { ImportReceipt } from './receipt.ts';
import { runScanner } from './run-scanner.ts';

const lastLines = 20;

/**
 * Lets the site's own scanner look at what came in: its command with the path of the image layout (folder, or bundle file) as last
 * argument. What it says is kept as scanner.log. Raises E_IMPORT_REFUSED when it ends with another code than 0. When the signal
 * says so, it ends with all that it started.
 */
export async function scan(
  command: readonly string[],
  layout: string,
  folder: string,
  signal?: AbortSignal,
): Promise<NonNullable<ImportReceipt['scanner']>> {
  const { exitCode, output } = await runScanner([...command, layout], signal);
  const log = join(folder, 'scanner.log');
  await writeFileAtomic(log, output);
  if (exitCode === 0) return { command: [...command], exitCode, output: digestOf(output) };
  throw new PerimeterError('E_IMPORT_REFUSED', {
    message: `The scanner (${command.join(' ')}) refused the bundle with exit code ${exitCode}; nothing was accepted`,
    hint: `Read what it found: ${log}`,
    findings: String(output).trim().split('\n').slice(-lastLines),
  });
}
