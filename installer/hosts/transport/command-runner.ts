import { Readable } from 'node:stream';
import type { CommandResult, HostSession } from '../host.ts';

export interface RunRequest {
  readonly input?: string | Uint8Array | Readable | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** True when running it twice does no harm: it is then tried again after the connection dropped in the middle. */
  readonly repeatable: boolean;
}

/** A stream is read once, so that what got one cannot be done again. */
export function isStream(input: RunRequest['input']): input is Readable {
  return input instanceof Readable;
}

/** The part in which transports differ: how a command gets to a host. Everything else is built from commands. */
export interface CommandRunner {
  readonly name: string;
  readonly address: string;
  /** Never fails for an exit code. Raises E_HOST_TIMEOUT, E_HOST_UNREACHABLE, E_HOST_KEY, E_HOST_LOGIN. */
  exec(argv: readonly string[], request: RunRequest): Promise<CommandResult>;
  start(argv: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<HostSession>;
  close(): Promise<void>;
}

/** The environment of every command on every host: programs answer in English and administration tools are found. */
export const commandEnvironment = {
  LC_ALL: 'C.UTF-8',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
} as const;

/** A command as a person should read it: scripts of ours by their name instead of their text. */
export function describeCommand(argv: readonly string[]): string {
  const [program, flag, , scriptName, ...rest] = argv;
  const words = program === 'sh' && flag === '-c' && scriptName !== undefined ? [scriptName, ...rest] : argv;
  const line = words.join(' ');
  return line.length <= 160 ? line : `${line.slice(0, 157)}...`;
}
