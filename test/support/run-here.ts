import type { CommandResult } from '../../installer/hosts/host.ts';
import { isStream, type RunRequest } from '../../installer/hosts/transport/command-runner.ts';
import { localHost } from '../../installer/hosts/transport/local.ts';

const local = localHost();

/** A command of a machine that is made out of this one; its words lead inside already. */
export async function runHere(argv: readonly string[], request: RunRequest): Promise<CommandResult> {
  const { input, timeoutMs, signal } = request;
  if (isStream(input)) throw new Error('this machine takes no streams');
  return await local.run(argv, { input, timeoutMs, signal, okExitCodes: 'any' });
}

/** What such a machine does in place of `CommandRunner.start`. */
export function noSession(): Promise<never> {
  throw new Error('this machine has no sessions');
}
