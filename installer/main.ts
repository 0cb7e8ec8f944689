import process from 'node:process';
import { DefectError } from './base/errors.ts';
import { redact } from './base/redact.ts';
import { describeError } from './cli/describe-error.ts';
import { runCli } from './cli/run-cli.ts';

/** Node's own exit code when the program waits for something that can no longer come. */
const waitsForNothing = 13;

function defectText(error: unknown): { readonly text: string; readonly exitCode: number } {
  const { text, exitCode } = describeError(error, { aborted: false });
  return { text: redact(text), exitCode };
}

/** A failure that nobody waited for is a defect like any other, and must not end with Node's exit code 1. */
process.on('uncaughtException', (error) => {
  const { text, exitCode } = defectText(error);
  process.stderr.write(text, () => process.exit(exitCode));
});
process.on('exit', (code) => {
  if (code !== waitsForNothing) return;
  const { text, exitCode } = defectText(new DefectError('it waited for something that could no longer come'));
  process.stderr.write(text);
  process.exitCode = exitCode;
});
/** A reader that went away, as in `perimeter plan SITE | head`, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));

const exitCode = await runCli(process.argv.slice(2));
const flushed = [process.stdout, process.stderr].map(
  (stream) => new Promise((done) => stream.write('', done)),
);
await Promise.all(flushed);
process.exit(exitCode);
