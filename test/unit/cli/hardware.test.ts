import { describe, expect, it } from 'vitest';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { KeptStreams } from './streams.ts';

async function run(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['hardware', ...argv], streams), streams };
}

describe('perimeter hardware', () => {
  it('lists the models with their provenance', async () => {
    const { code, streams } = await run('ls');
    expect(code).toBe(0);
    expect(streams.out).toMatch(/^gse-s200 +GSE +S200 +public-claim +0$/m);
  });

  it('shows one model, each fact with its source, and says what is not known', async () => {
    const { streams } = await run('show', 'gse-s200');
    expect(streams.out).toContain('BMC with IPMI');
    expect(streams.out).toContain('No limit is known');
    const json = await run('show', 'gse-s200', '--output', 'json');
    expect(json.streams.outJson.at(-1)).toMatchObject({ data: { model: { slug: 'gse-s200' } } });
  });

  it.each([
    [['show', 'gse-s20'], 'There is no model "gse-s20"'],
    [['capture', '10.0.0.1'], 'the key to log in with'],
    [['match', '/nowhere'], 'E_SITE_MISSING'],
  ])('refuses %j as wrong usage', async (argv, words) => {
    const { code, streams } = await run(...argv);
    expect(code).toBe(2);
    expect(streams.error).toContain(words);
  });
});
