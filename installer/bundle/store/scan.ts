import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { digestOf } from '../../base/digest.ts';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import type { ImportReceipt } from './receipt.ts';

const lastLines = 20;
const mostOutputBytes = 16 << 20;

/**
 * Lets the site's own scanner look at what came in: its command with the path of the image layout (folder, or bundle file) as last
 * argument. What it says is kept as scanner.log. Raises E_IMPORT_REFUSED when it ends with another code than 0.
 */
export async function scan(
  command: readonly string[],
  layout: string,
  folder: string,
  signal?: AbortSignal,
): Promise<NonNullable<ImportReceipt['scanner']>> {
  const { exitCode, output } = await run([...command, layout], signal);
  const log = join(folder, 'scanner.log');
  await writeFileAtomic(log, output);
  if (exitCode === 0) return { command: [...command], exitCode, output: digestOf(output) };
  throw new PerimeterError('E_IMPORT_REFUSED', {
    message: `The scanner (${command.join(' ')}) refused the bundle with exit code ${exitCode}; nothing was accepted`,
    hint: `Read what it found: ${log}`,
    findings: String(output).trim().split('\n').slice(-lastLines),
  });
}

function run(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly exitCode: number; readonly output: Buffer }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    const pieces: Buffer[] = [];
    let bytes = 0;
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes <= mostOutputBytes) pieces.push(piece);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (cause) => {
      signal?.throwIfAborted();
      reject(
        new PerimeterError('E_IMPORT_REFUSED', {
          message: `The scanner ${program} of site.yaml (import.scanner) cannot be started: ${messageOf(cause)}`,
          hint: 'Install it or correct its path. A bundle that was not scanned is not accepted.',
          cause,
        }),
      );
    });
    child.once('close', (code, by) =>
      resolve({ exitCode: code ?? (by === null ? 1 : 128), output: Buffer.concat(pieces) }),
    );
  });
}
