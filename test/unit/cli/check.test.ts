import { describe, expect, it } from 'vitest';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { KeptStreams } from './streams.ts';

async function run(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['check', ...argv], streams), streams };
}

describe('perimeter check', () => {
  it('lists every check without contacting anything', async () => {
    const { code, streams } = await run('--list');
    expect(code).toBe(0);
    for (const { id } of checkTable) expect(streams.out).toContain(id);
  });

  it('explains one check: why, what is wanted, what to do', async () => {
    const { code, streams } = await run('--explain', 'hw-dsk-05');
    expect(code).toBe(0);
    expect(streams.out).toMatch(/why .*\nwanted .*\ndo .*\neffect /);
    const json = await run('--explain', 'HW-DSK-05', '--output', 'json');
    expect(json.streams.outJson.at(-1)).toMatchObject({ kind: 'result', data: { id: 'HW-DSK-05' } });
  });

  it.each([
    [['--explain', 'HW-DISK-05'], 'There is no check "HW-DISK-05", did you mean "HW-DSK-05"?\n'],
    [['--explain', 'COLOUR'], 'There is no check "COLOUR".\n'],
    [[], 'SITE is missing'],
  ])('refuses %j as wrong usage', async (argv, words) => {
    const { code, streams } = await run(...argv);
    expect(code).toBe(2);
    expect(streams.error).toContain(words);
  });

  it('says that there is no such site', async () => {
    const { code, streams } = await run('/nowhere/site');
    expect(code).toBe(2);
    expect(streams.error).toContain('E_SITE_MISSING');
  });
});
