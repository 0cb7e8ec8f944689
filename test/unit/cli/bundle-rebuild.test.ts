import { describe, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import { rebuildVerb } from '../../../installer/cli/bundle/rebuild.ts';
import { verbHelp } from '../../../installer/cli/help.ts';
import { parseCommand } from '../../../installer/cli/parse-command.ts';
import type { VerbContext } from '../../../installer/cli/verb.ts';

async function run(...argv: string[]): Promise<unknown> {
  const { args, options } = parseCommand(rebuildVerb, argv);
  const { signal } = new AbortController();
  return await rebuildVerb.run({ args, options, events: silentEvents, signal } as unknown as VerbContext);
}

describe('perimeter bundle rebuild', () => {
  it.each([
    [[]],
    [['--verify', '--count', '0']],
    [['--verify', '--minutes', 'x']],
    [['--verify', 'paus', 'etcd']],
  ])('%j is wrong usage', async (argv) => {
    await expect(run(...argv)).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  it('says so when nothing fits the time', async () => {
    await expect(run('--verify', '--minutes', '0.00001')).rejects.toMatchObject({
      code: 'E_NOT_REPRODUCIBLE',
      message: 'No artifact fits the time that was given',
      hint: expect.stringContaining('--minutes 15'),
    });
  });

  it('takes as many names as are given, and says so in its help', () => {
    expect(parseCommand(rebuildVerb, ['a', 'b', 'c']).args).toEqual(['a', 'b', 'c']);
    expect(verbHelp(rebuildVerb)).toContain('[NAME...]');
  });
});
