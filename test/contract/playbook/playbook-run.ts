import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { isPerimeterError, type PerimeterError } from '../../../installer/base/errors.ts';
import { describeError } from '../../../installer/cli/describe-error.ts';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import type { Playbook } from '../../../installer/playbook/playbook.ts';
import { type HostRun, runPlaybook } from '../../../installer/playbook/run-playbook.ts';
import type { Variables } from '../../../installer/playbook/variables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Beside {
  readonly handlers?: string;
  /** Files beside the playbook, by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A play with these tasks (YAML; the first one stands in line 4), in a folder that goes with the test. */
export async function playbookOf(
  tasks: readonly string[],
  { handlers, files = {} }: Beside = {},
): Promise<Playbook> {
  const directory = await temporaryFolder();
  const items = tasks.map((task) => `    - ${task.replaceAll('\n', '\n      ')}\n`).join('');
  const rest = handlers === undefined ? '' : `  handlers:\n    - ${handlers.replaceAll('\n', '\n      ')}\n`;
  const main = `- name: Play\n  hosts: all\n  tasks:\n${items}${rest}`;
  for (const [name, text] of Object.entries({ 'site.yaml': main, ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return await loadPlaybook(join(directory, 'site.yaml'));
}

interface Given {
  readonly variables?: Variables;
  /** Called with the sentence of each change, after all was looked at and right before it is made. */
  readonly before?: (sentence: string) => void;
}

export async function runOn(
  host: HostHands,
  playbook: Playbook,
  { variables = {}, before = () => undefined }: Given = {},
): Promise<HostRun> {
  const [run] = await runPlaybook(
    playbook,
    [host.name],
    async () => ({ host, groups: [], variables }),
    { check: false, signal: new AbortController().signal },
    { emit: (event) => void (event.kind === 'note' && before(event.text)) },
  );
  return run as HostRun;
}

/** The error with which a run ended, and all that a person is told of it. */
export function failureOf({ failure }: HostRun): { readonly error: PerimeterError; readonly told: string } {
  if (!isPerimeterError(failure)) throw failure ?? new Error('the run did not fail');
  return { error: failure, told: describeError(failure, { aborted: false }).text };
}

/** The run went through, and the one after it finds nothing to do. */
export async function expectDone(host: HostHands, playbook: Playbook, variables: Variables = {}) {
  const done = await runOn(host, playbook, { variables });
  expect(done.failure).toBeUndefined();
  const again = await runOn(host, playbook, { variables });
  expect([again.failure, again.changes]).toEqual([undefined, []]);
  return done;
}

/** Waits for what another process is about to do. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error('it did not come to that within 30 s');
    await delay(5);
  }
}
