import type { HostSession } from '../host.ts';
import { linesOf } from './lines.ts';
import { endCommand, exitCodeOf, type SshChannel } from './ssh-channel.ts';
import { tail } from './tail.ts';

/** A channel as an open session. Ends with exit code -1 when the connection broke under it. */
export function sshSession(channel: SshChannel, signal?: AbortSignal): HostSession {
  const stderr = tail(channel.stderr);
  const { lines, discard } = linesOf(channel);
  let exitCode = -1;
  const ended = Promise.withResolvers<{ exitCode: number; stderr: string }>();
  const onAbort = (): void => endCommand(channel);
  channel.on('error', () => {});
  channel.on('exit', (code: number | null, signalName?: string) => {
    exitCode = exitCodeOf(code, signalName);
  });
  channel.on('close', () => {
    signal?.removeEventListener('abort', onAbort);
    ended.resolve({ exitCode, stderr: stderr() });
  });
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });

  return {
    lines,
    ended: ended.promise,
    write: (text) =>
      new Promise((resolve, reject) => {
        channel.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    async close() {
      channel.end();
      discard();
      const timer = setTimeout(() => endCommand(channel), 2_000);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}
