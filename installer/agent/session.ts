import process from 'node:process';
import { createInterface } from 'node:readline';
import { isPerimeterError, messageOf } from '../base/errors.ts';
import { Operations } from './operations.ts';
import { requestSchema } from './protocol.ts';
import type { SeedStore } from './seed-store.ts';

/** Serves one installer on standard input and output, until it closes its end. Then nothing of the agent stays behind. */
export async function runSession(store: SeedStore, socket: string): Promise<void> {
  const operations = new Operations(store, socket, say);
  process.stdout.on('error', () => process.exit(0));
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') void answer(operations, line).then(say);
  }
  operations.close();
}

async function answer(operations: Operations, line: string): Promise<object> {
  let id = -1;
  try {
    const request = requestSchema.parse(JSON.parse(line));
    id = request.id;
    return { id, result: (await operations.do(request.op, request.input)) ?? null };
  } catch (error) {
    return { id, error: describeError(error) };
  }
}

export function describeError(error: unknown): object {
  if (isPerimeterError(error)) {
    const { code, message, hint, retryable } = error;
    return { code, message, hint, retryable };
  }
  return {
    code: 'E_AGENT',
    message: `The agent failed: ${messageOf(error)}`,
    hint: 'Run the same command again; if it fails again, this is a defect of the agent.',
    retryable: false,
  };
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
