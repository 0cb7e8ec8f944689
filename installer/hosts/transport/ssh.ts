import { setTimeout as delay } from 'node:timers/promises';
import type { NodeSSH } from 'node-ssh';
import { isPerimeterError, messageOf, PerimeterError } from '../../base/errors.ts';
import { untilAborted } from '../../base/until-aborted.ts';
import type { CommandResult, HostHands, HostSession } from '../host.ts';
import { commandTimedOut, unreachable } from '../host-errors.ts';
import { shellWords } from '../shell-words.ts';
import { Channels } from './channels.ts';
import { commandHands } from './command-hands.ts';
import { type CommandRunner, commandEnvironment, type RunRequest } from './command-runner.ts';
import { collect, giveUp, type SshChannel } from './ssh-channel.ts';
import { connectSsh, type SshTarget } from './ssh-connection.ts';
import { sshSession } from './ssh-session.ts';

export interface SshOptions {
  /** How long to wait for a host that was there before, for example while it reboots. Default 120 s. */
  readonly comeBackMs?: number;
  /** Shared with other hosts: how many of them may be logged in to at the same time. Default: this one does not wait for others. */
  readonly logins?: Channels;
}

/** sshd allows ten sessions on a connection (MaxSessions); one stays free for whoever looks in from outside our count. */
const commandChannels = 6;
const sessionChannels = 3;
/** After this time without a word, the connection is tried out before a command that must not run twice. */
const staleMs = 5_000;
/** A host that boots lets in only root for some seconds. */
const bootingLoginMs = 20_000;

/** What ssh2 says of a channel that was never confirmed: the command goes out after that, so it was never sent. */
const neverSent = /no response from server|not connected/i;

/** The connection broke. Whether the command ran nobody knows. */
class ConnectionLost extends Error {}

/** A host over SSH: one connection, made at the first use, made again when it broke. */
export function sshHost(target: SshTarget, options: SshOptions = {}): HostHands & { close(): Promise<void> } {
  return commandHands(new SshRunner(target, options));
}

class SshRunner implements CommandRunner {
  readonly name: string;
  readonly address: string;
  readonly #target: SshTarget;
  readonly #comeBackMs: number;
  readonly #logins: Channels;
  readonly #commands = new Channels(commandChannels);
  readonly #sessions = new Channels(sessionChannels);
  #connecting: Promise<NodeSSH> | undefined;
  #wasThere = false;
  #lastHeardAt = 0;

  constructor(target: SshTarget, options: SshOptions) {
    this.name = target.name;
    this.address = target.address;
    this.#target = target;
    this.#comeBackMs = options.comeBackMs ?? 120_000;
    this.#logins = options.logins ?? new Channels(1);
  }

  exec(argv: readonly string[], request: RunRequest): Promise<CommandResult> {
    return this.#commands.use(async () => {
      try {
        if (!request.repeatable) await this.#tryOut(request.signal);
        return await this.#execOnce(argv, request);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        request.signal?.throwIfAborted();
        if (!request.repeatable) throw this.#lost(error);
      }
      try {
        return await this.#execOnce(argv, request);
      } catch (error) {
        throw error instanceof ConnectionLost ? this.#lost(error) : error;
      }
    }, request.signal);
  }

  async start(
    argv: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<HostSession> {
    await this.#sessions.take(signal);
    try {
      await this.#tryOut(signal);
      const { opened: session } = await this.#openChannel(
        this.#commandLine(argv),
        (channel) => sshSession(channel, signal),
        signal,
      );
      void session.ended.finally(() => this.#sessions.giveBack());
      return session;
    } catch (error) {
      this.#sessions.giveBack();
      throw error instanceof ConnectionLost ? this.#lost(error) : error;
    }
  }

  async close(): Promise<void> {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    (await connecting?.catch(() => undefined))?.dispose();
  }

  #lost(error: Error): PerimeterError {
    return unreachable(this, `the SSH connection broke: ${error.message}`, error);
  }

  #commandLine(argv: readonly string[], timeoutMs?: number): string {
    const words = ['env', ...Object.entries(commandEnvironment).map(([key, value]) => `${key}=${value}`)];
    // The host itself ends what takes too long, also when nobody is connected any more.
    if (timeoutMs !== undefined) words.push('timeout', '-k', '5', String(Math.ceil(timeoutMs / 1000) + 1));
    const sudo = this.#target.ssh.user === 'root' ? [] : ['sudo', '-n', '--'];
    return shellWords([...sudo, ...words, ...argv]);
  }

  async #execOnce(argv: readonly string[], request: RunRequest): Promise<CommandResult> {
    const timedOut = (): Error => commandTimedOut(this, argv, request.timeoutMs);
    const line = this.#commandLine(argv, request.timeoutMs);
    const { opened } = await this.#openChannel(
      line,
      (channel) => collect(channel, request, timedOut),
      request.signal,
    );
    const result = await opened;
    this.#lastHeardAt = performance.now();
    if (result === undefined) throw new ConnectionLost('in the middle of a command');
    return result;
  }

  /** A connection that was silent for a while may be dead without anyone having noticed; a command that changes nothing finds out. */
  async #tryOut(signal?: AbortSignal): Promise<void> {
    if (!this.#wasThere || performance.now() - this.#lastHeardAt < staleMs) return;
    const request = { timeoutMs: 15_000, repeatable: true, signal };
    try {
      await this.#execOnce(['true'], request);
    } catch (error) {
      if (!(error instanceof ConnectionLost) && !isPerimeterError(error, 'E_HOST_TIMEOUT')) throw error;
      await this.close();
      await this.#execOnce(['true'], request);
    }
  }

  /** `attach` listens at once: the first answer may be in the same packet as the word that the channel is open. */
  async #openChannel<T>(
    commandLine: string,
    attach: (channel: SshChannel) => T,
    signal?: AbortSignal,
  ): Promise<{ readonly opened: T }> {
    let broke = false;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const { connection } = await this.#connected(signal);
      if (connection === null) throw new ConnectionLost('before a command was sent');
      try {
        const opening = new Promise<{ readonly opened: T }>((resolve, reject) => {
          connection.exec(commandLine, (error: Error | undefined, channel: SshChannel) => {
            if (error) return reject(error);
            // Nobody waits for it any more: what was started over there must not go on.
            if (signal?.aborted) return giveUp(channel);
            resolve({ opened: attach(channel) });
          });
        });
        return await untilAborted(opening, signal);
      } catch (error) {
        signal?.throwIfAborted();
        // It broke between two commands, and this one found out: once more, over a new connection.
        if (neverSent.test(messageOf(error)) && !broke) {
          broke = true;
          continue;
        }
        if (!/channel open failure/i.test(messageOf(error))) throw new ConnectionLost(messageOf(error));
        // This sshd allows fewer sessions than usual: go on with fewer.
        if (attempt >= 10)
          throw unreachable(this, `sshd opens no further session: ${messageOf(error)}`, error);
        this.#commands.lower();
        await delay(50 * attempt);
      }
    }
  }

  async #connected(signal?: AbortSignal): Promise<NodeSSH> {
    const current = (this.#connecting ??= this.#connect());
    try {
      const client = await untilAborted(current, signal);
      if (client.isConnected()) return client;
    } catch (error) {
      if (this.#connecting === current && !signal?.aborted) this.#connecting = undefined;
      throw error;
    }
    // Broken since: whoever sees it first makes room for a new one.
    if (this.#connecting === current) this.#connecting = undefined;
    return await this.#connected(signal);
  }

  /** A host that answered before may be rebooting, so it is given time; one that never answered is reported at once. */
  async #connect(): Promise<NodeSSH> {
    const startedAt = performance.now();
    for (;;) {
      try {
        const client = await this.#logins.use(() => connectSsh(this.#target));
        this.#wasThere = true;
        this.#lastHeardAt = performance.now();
        return client;
      } catch (error) {
        const patienceMs = isPerimeterError(error, 'E_HOST_UNREACHABLE')
          ? this.#comeBackMs
          : isPerimeterError(error, 'E_HOST_LOGIN')
            ? Math.min(this.#comeBackMs, bootingLoginMs)
            : 0;
        if (!this.#wasThere || performance.now() - startedAt > patienceMs) throw error;
        await delay(1_000);
      }
    }
  }
}
