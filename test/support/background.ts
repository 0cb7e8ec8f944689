import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs beside a test until it is stopped. */
export interface Background {
  stop(): Promise<void>;
}

export function startBackground([program = '', ...args]: readonly string[]): Background {
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'exit').catch(() => {});
  return {
    async stop() {
      child.kill();
      await ended;
    },
  };
}
