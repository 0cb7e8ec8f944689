import { spawn } from 'node:child_process';
import process from 'node:process';
import { messageOf, PerimeterError } from '../../base/errors.ts';

const mostOutputBytes = 16 << 20;
/** How long a scanner may take to end when it is asked to, in ms. */
const graceMs = 3000;

/**
 * Runs it in a group of its own, which ends as a whole: a scanner is often a script that starts others. Raises E_IMPORT_REFUSED when
 * it cannot be started, and what the signal says when that ends it.
 */
export function runScanner(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly exitCode: number; readonly output: Buffer }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const pieces: Buffer[] = [];
    let bytes = 0;
    let startFailure: PerimeterError | undefined;
    let patience: NodeJS.Timeout | undefined;
    const killAll = (): void => {
      killGroup(child.pid, 'SIGKILL');
      // One that left the group may still hold these open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const stop = (): void => {
      killGroup(child.pid, 'SIGTERM');
      patience = setTimeout(killAll, graceMs);
    };
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes <= mostOutputBytes) pieces.push(piece);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (cause) => {
      startFailure = cannotStart(program, cause);
    });
    // What it started and left behind would hold its output open for ever.
    child.once('exit', () => killGroup(child.pid, 'SIGKILL'));
    child.once('close', (code, by) => {
      signal?.removeEventListener('abort', stop);
      process.off('exit', killAll);
      clearTimeout(patience);
      if (signal?.aborted === true) reject(signal.reason);
      else if (startFailure !== undefined) reject(startFailure);
      else resolve({ exitCode: code ?? (by === null ? 1 : 128), output: Buffer.concat(pieces) });
    });
    signal?.addEventListener('abort', stop);
    // A second Ctrl-C leaves at once, and a terminal's Ctrl-C does not reach another group.
    process.once('exit', killAll);
  });
}

function killGroup(pid: number | undefined, by: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, by);
  } catch {
    // It has ended already, or took another user's rights, as sudo does: nothing more can be done from here.
  }
}

function cannotStart(program: string, cause: Error): PerimeterError {
  return new PerimeterError('E_IMPORT_REFUSED', {
    message: `The scanner ${program} of site.yaml (import.scanner) cannot be started: ${messageOf(cause)}`,
    hint: 'Install it or correct its path. A bundle that was not scanned is not accepted.',
    cause,
  });
}
