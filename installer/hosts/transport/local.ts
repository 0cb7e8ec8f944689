import { execa } from 'execa';
import { messageOf } from '../../base/errors.ts';
import type { CommandResult, HostHands, HostSession } from '../host.ts';
import { commandTimedOut, unreachable } from '../host-errors.ts';
import { commandHands } from './command-hands.ts';
import { type CommandRunner, commandEnvironment, type RunRequest } from './command-runner.ts';
import { linesOf } from './lines.ts';
import { tail } from './tail.ts';

/** This machine as a host. Root operations need the program itself to run as root. */
export function localHost(name = 'localhost'): HostHands & { close(): Promise<void> } {
  return commandHands(new LocalRunner(name));
}

class LocalRunner implements CommandRunner {
  readonly name: string;
  readonly address = '127.0.0.1';

  constructor(name: string) {
    this.name = name;
  }

  async exec([program = '', ...rest]: readonly string[], request: RunRequest): Promise<CommandResult> {
    request.signal?.throwIfAborted();
    const { input, signal, timeoutMs } = request;
    const result = await execa(program, rest, {
      env: commandEnvironment,
      reject: false,
      stripFinalNewline: false,
      timeout: timeoutMs,
      forceKillAfterDelay: 5_000,
      input: input ?? '',
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (result.timedOut) throw commandTimedOut(this, [program, ...rest], timeoutMs);
    if (result.exitCode === undefined && result.signal === undefined) {
      // What a shell would say to a program that is not there.
      return { exitCode: 127, stdout: '', stderr: `${program}: ${result.shortMessage ?? 'not found'}` };
    }
    return { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
  }

  async start(
    [program = '', ...rest]: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<HostSession> {
    signal?.throwIfAborted();
    const child = execa(program, rest, {
      env: commandEnvironment,
      reject: false,
      buffer: false,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    const stderr = tail(child.stderr);
    const { lines, discard } = linesOf(child.stdout);
    const ended = child.then((result) => ({ exitCode: result.exitCode ?? -1, stderr: stderr() }));
    return {
      lines,
      ended,
      write: (text) =>
        new Promise((resolve, reject) => {
          child.stdin.write(text, (error) =>
            error ? reject(unreachable(this, messageOf(error))) : resolve(),
          );
        }),
      async close() {
        child.stdin.end();
        discard();
        const timer = setTimeout(() => child.kill('SIGTERM'), 2_000);
        await ended;
        clearTimeout(timer);
      },
    };
  }

  async close(): Promise<void> {}
}
