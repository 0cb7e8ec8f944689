import type { z } from 'zod';
import { type ErrorCode, errorCodes } from '../base/error-codes.ts';
import { messageOf, PerimeterError } from '../base/errors.ts';
import type { HostHands, HostSession } from '../hosts/host.ts';
import { type AgentEvent, agentEventSchema, replySchema } from './protocol.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** How long an agent that takes no more input may take to say why. */
const lastWordsMs = 2000;

/** The installer's end of a conversation with the agent on one node. */
export class AgentSession {
  readonly hostName: string;
  readonly #session: HostSession;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: (event: AgentEvent) => void;
  #nextId = 1;
  #gone: Error | undefined;

  private constructor(hostName: string, session: HostSession, onEvent: (event: AgentEvent) => void) {
    this.hostName = hostName;
    this.#session = session;
    this.#onEvent = onEvent;
    void this.#listen();
  }

  /** Starts the agent that was sent to the host. It ends with the session. */
  static async start(
    host: HostHands,
    command: readonly string[],
    onEvent: (event: AgentEvent) => void,
    signal: AbortSignal,
  ): Promise<AgentSession> {
    return new AgentSession(host.name, await host.start(command, { signal }), onEvent);
  }

  /**
   * One operation of the agent. Raises its error, or E_AGENT when the agent ends before it answers or, given `timeoutMs`, does
   * not answer in time.
   */
  async call<T>(op: string, input: unknown, result: z.ZodType<T>, timeoutMs?: number): Promise<T> {
    if (this.#gone !== undefined) throw this.#gone;
    const id = this.#nextId++;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    // It may fail while the question is still being written; whoever asked hears of it after that.
    answered.catch(() => {});
    const late = this.#lost(`it did not answer "${op}" within ${(timeoutMs ?? 0) / 1000} s`);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#fail(late), timeoutMs);
    await this.#session.write(`${JSON.stringify({ id, op, input })}\n`).catch((error: unknown) => {
      // An agent that has ended says more by its exit than by the pipe that it closed.
      setTimeout(() => this.#fail(this.#lost(messageOf(error))), lastWordsMs);
    });
    try {
      return result.parse(await answered);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  async #listen(): Promise<void> {
    try {
      for await (const line of this.#session.lines) this.#hear(line);
      const { exitCode, stderr } = await this.#session.ended;
      this.#fail(
        this.#lost(`it ended with exit code ${exitCode}${stderr === '' ? '' : `: ${stderr.trim()}`}`),
      );
    } catch (error) {
      this.#fail(this.#lost(messageOf(error)));
    }
  }

  #hear(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    const event = agentEventSchema.safeParse(value);
    if (event.success) return this.#onEvent(event.data);
    const reply = replySchema.safeParse(value);
    if (!reply.success) return;
    const waiting = this.#waiting.get(reply.data.id);
    this.#waiting.delete(reply.data.id);
    if ('error' in reply.data) waiting?.reject(agentError(this.hostName, reply.data.error));
    else waiting?.resolve(reply.data.result);
  }

  #fail(error: Error): void {
    this.#gone ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }

  #lost(why: string): PerimeterError {
    return new PerimeterError('E_AGENT', {
      message: `The agent on ${this.hostName} was lost: ${why}`,
      hint: 'Check that the host is up, and run the same command again: what has arrived there is kept.',
      retryable: true,
      where: { host: this.hostName },
    });
  }
}

function agentError(
  hostName: string,
  error: { code: string; message: string; hint: string; retryable: boolean },
): PerimeterError {
  const code = Object.hasOwn(errorCodes, error.code) ? (error.code as ErrorCode) : 'E_AGENT';
  return new PerimeterError(code, {
    message: `${hostName}: ${error.message}`,
    hint: error.hint,
    retryable: error.retryable,
    where: { host: hostName },
  });
}
