import { expect } from 'vitest';
import type { KnownHosts } from '../../../installer/playbook/known-hosts.ts';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import { writePlaybook } from './write-playbook.ts';

/** What is wrong with a playbook, one line each. */
export async function problemsOf(
  main: string,
  others: Readonly<Record<string, string>> = {},
  known?: KnownHosts,
): Promise<readonly string[]> {
  const error = await loadPlaybook(await writePlaybook(main, others), known).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'E_PLAYBOOK_INVALID', exitCode: 2 });
  return (error as { findings: readonly string[] }).findings;
}

/** A play with these tasks, indented by four. */
export const play = (tasks: string): string => `- name: Play\n  hosts: all\n  tasks:\n${tasks}`;

/** The problems of a play with one task of this line. */
export async function problemsOfTask(line: string, rest = ''): Promise<readonly string[]> {
  return await problemsOf(play(`    - name: It\n      ${line}\n${rest}`));
}
