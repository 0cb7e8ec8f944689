import { z } from 'zod';
import type { CommandResult } from '../../hosts/host.ts';
import { exactlyOneOf } from '../argument-rules.ts';
import { absolutePath, isTemplate, told } from '../fields.ts';
import { defineModule, type ModuleContext } from '../module.ts';
import { FinalTaskError } from '../task-error.ts';
import { splitWords } from './shared/split-words.ts';

const args = z.strictObject({
  argv: told(z.array(z.string()).min(1).optional(), 'the program and its words'),
  cmd: told(
    z
      .string()
      .refine((line) => isTemplate(line) || splitWords(line) !== undefined, 'has a quote that does not end')
      .refine((line) => splitWords(line)?.length !== 0, 'names no program')
      .optional(),
    'the same in one line, with quotes where a word holds blanks; no shell reads it',
  ),
  creates: told(absolutePath().optional(), 'run only while this path is not there'),
  removes: told(absolutePath().optional(), 'run only while this path is there'),
  chdir: told(absolutePath().optional(), 'the folder to run it in'),
  stdin: told(z.string().optional(), 'what it reads from its standard input'),
  changed_when: told(
    z.literal(false).optional(),
    'it only looks: it runs in plans too, and can be registered',
  ),
});
type Args = z.output<typeof args>;

type Facts =
  | { readonly kind: 'needed' }
  | { readonly kind: 'done' }
  | { readonly kind: 'looked'; readonly result: CommandResult };

/**
 * A program with its words; no shell reads them. It needs `creates` or `removes` to know whether it has run already, or
 * `changed_when: false` when it only looks: then it runs while looking, also in plans, and its result can be registered.
 */
export const command = defineModule<typeof args, Facts>({
  name: 'command',
  summary:
    'A program, run when the path in creates is not there, or the path in removes is; with changed_when: false a look.',
  example: 'command: {argv: [update-initramfs, -u], creates: /boot/initrd.img}',
  args,
  rules: [exactlyOneOf('argv', 'cmd')],
  onlyInHandlers: (task) =>
    task.creates === undefined && task.removes === undefined && task.changed_when === undefined
      ? 'a command needs creates, removes or changed_when: false, or it would run every time; without them it belongs to a handler'
      : undefined,
  async inspect(task, host, context) {
    if (task.changed_when === false) {
      return {
        kind: 'looked',
        result: await host.query(words(task, context), { ...input(task), okExitCodes: 'any' }),
      };
    }
    const look = async (path: string | undefined) => (path === undefined ? undefined : host.status(path));
    const [created, left] = await Promise.all([look(task.creates), look(task.removes)]);
    const isDone =
      (task.creates !== undefined && created !== undefined) ||
      (task.removes !== undefined && left === undefined);
    return { kind: isDone ? 'done' : 'needed' };
  },
  plan(task, { kind }, { quiet }) {
    if (kind !== 'needed') return undefined;
    const shown = quiet ? words(task)[0] : words(task).join(' ');
    const differences = [
      ...(task.creates === undefined
        ? []
        : [{ item: task.creates, wanted: 'there', found: 'nothing there' }]),
      ...(task.removes === undefined
        ? []
        : [{ item: task.removes, wanted: 'nothing there', found: 'there' }]),
    ];
    return { sentence: `run ${shown}`, differences };
  },
  async apply(task, _facts, host, context) {
    await host.run(words(task, context), input(task));
  },
  result(_task, facts) {
    if (facts.kind !== 'looked') return {};
    const { exitCode, stdout, stderr } = facts.result;
    return {
      rc: exitCode,
      stdout: stdout.trim(),
      stderr: stderr.trim(),
      stdout_lines: stdout.trim().split('\n'),
    };
  },
});

function words(task: Args, context?: ModuleContext): string[] {
  const program = task.argv ?? splitWords(task.cmd ?? '') ?? [];
  // What a variable brought may look as if it was to be filled in itself, and was not judged then.
  if (program.length === 0)
    throw new FinalTaskError('command.cmd names no program, or has a quote that does not end');
  const folder = task.chdir === undefined ? [] : ['env', `--chdir=${task.chdir}`];
  const user = context?.user === undefined ? [] : ['runuser', '-u', context.user, '--'];
  return [...user, ...folder, ...program];
}

function input({ stdin }: Args): { input?: string } {
  return stdin === undefined ? {} : { input: stdin };
}
