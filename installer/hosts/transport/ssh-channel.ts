import { constants } from 'node:os';
import { Duplex, Readable } from 'node:stream';
import type { CommandResult } from '../host.ts';
import { isStream, type RunRequest } from './command-runner.ts';

/** The part of an ssh2 channel that is used here. */
export interface SshChannel extends Duplex {
  readonly stderr: Readable;
  signal(name: string): void;
  close(): void;
}

/** The host ends a command that takes too long by itself; this much later we stop waiting for that. */
const graceMs = 8_000;

/** Feeds a channel and reads it to its end. Undefined when it closed without an exit status: the connection broke. */
export async function collect(
  channel: SshChannel,
  { input, timeoutMs, signal }: RunRequest,
  timedOut: () => Error,
): Promise<CommandResult | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult | undefined>();
  const startedAt = performance.now();
  const stdout = gather(channel);
  const stderr = gather(channel.stderr);
  let exitCode: number | undefined;
  channel.on('exit', (code: number | null, signalName?: string) => {
    exitCode = exitCodeOf(code, signalName);
  });
  channel.on('close', () => {
    if (exitCode === undefined) return resolve(undefined);
    const killedByTimeout = [124, 137].includes(exitCode) && performance.now() - startedAt >= timeoutMs;
    if (killedByTimeout) return reject(timedOut());
    resolve({ exitCode, stdout: stdout(), stderr: stderr() });
  });
  // A command that ends without reading all of its input is judged by its exit code.
  channel.on('error', () => {});

  const stop = (reason: unknown): void => {
    reject(reason);
    endCommand(channel);
  };
  const timer = setTimeout(() => stop(timedOut()), timeoutMs + graceMs);
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) onAbort();
    else feed(channel, input, stop);
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Asks the command to end, then gives the channel up. */
export function endCommand(channel: SshChannel): void {
  try {
    channel.signal('TERM');
    channel.close();
  } catch {
    // The connection is gone already, and with it the channel.
  }
}

/** Ends a command that nobody listens to, whatever it still says. */
export function giveUp(channel: SshChannel): void {
  channel.on('error', () => {});
  channel.resume();
  channel.stderr.resume();
  endCommand(channel);
}

export function exitCodeOf(code: number | null, signalName?: string): number {
  if (code !== null && code !== undefined) return code;
  return 128 + (constants.signals[`SIG${signalName}` as NodeJS.Signals] ?? 0);
}

function feed(channel: SshChannel, input: RunRequest['input'], fail: (reason: unknown) => void): void {
  if (!isStream(input)) {
    channel.end(input ?? '');
    return;
  }
  input.on('error', fail);
  channel.on('close', () => input.destroy());
  input.pipe(channel);
}

function gather(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
