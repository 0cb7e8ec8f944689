import type { CommandResult } from '../hosts/host.ts';
import type { MemoryMachine } from './memory-machine.ts';

/** What a program does on a machine in memory. `argv[0]` is its own name. What it leaves out of the result means success and silence. */
export type MemoryCommand = (
  machine: MemoryMachine,
  argv: readonly string[],
  input: string,
) => Partial<CommandResult> | Promise<Partial<CommandResult>>;

export const notFound: MemoryCommand = (_machine, [program]) => ({
  exitCode: 127,
  stderr: `${program}: not found`,
});
