import { Readable } from 'node:stream';
import { isPerimeterError, messageOf } from '../base/errors.ts';
import type { HostSession } from '../hosts/host.ts';
import type { MemoryMachine } from './memory-machine.ts';

/** Operations of an agent by name. What they throw goes back as the agent's error. */
export type AgentOperations = Readonly<
  Record<string, (input: unknown, machine: MemoryMachine) => Promise<unknown>>
>;

/** An agent that speaks the protocol of the real one, line by line, and does what it is told to in memory. */
export function memoryAgent(operations: AgentOperations, machine: MemoryMachine): HostSession {
  const lines = new Readable({ objectMode: true, read: () => {} });
  let isOpen = true;
  const ended = Promise.withResolvers<{ exitCode: number; stderr: string }>();
  const reply = async (text: string): Promise<void> => {
    const { id, op, input } = JSON.parse(text) as { id: number; op: string; input: unknown };
    const operation = operations[op];
    if (operation === undefined) throw new Error(`the agent in memory cannot "${op}"`);
    const answer = await operation(input, machine).then(
      (result) => ({ id, result }),
      (error: unknown) => ({ id, error: inWords(error) }),
    );
    if (isOpen) lines.push(JSON.stringify(answer));
  };
  return {
    lines,
    ended: ended.promise,
    async write(text) {
      // As with a real pipe, what was written is not yet answered.
      for (const line of text.split('\n').filter((one) => one !== ''))
        reply(line).catch((error: Error) => lines.destroy(error));
    },
    async close() {
      isOpen = false;
      lines.push(null);
      ended.resolve({ exitCode: 0, stderr: '' });
    },
  };
}

function inWords(error: unknown): { code: string; message: string; hint: string; retryable: boolean } {
  const { code, hint, retryable } = isPerimeterError(error)
    ? error
    : { code: 'E_AGENT', hint: '', retryable: true };
  return { code, hint, retryable, message: messageOf(error) };
}
