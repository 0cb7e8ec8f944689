import { describe, expect, it } from 'vitest';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { siteFolder } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

async function run(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['profile', ...argv], streams), streams };
}

describe('perimeter profile', () => {
  it('lists the profiles with what they are made of', async () => {
    const { code, streams } = await run('ls');
    expect(code).toBe(0);
    expect(streams.out).toMatch(
      /^storage .*compact\.yaml \(product\) < .*worker\.yaml \(product\) < .*storage\.yaml/m,
    );
  });

  it('explains every value of a node, or of all', async () => {
    const site = await siteFolder();
    const { code, streams } = await run('explain', site, 'n1');
    expect(code).toBe(0);
    expect(streams.out).toMatch(/minimum\.memory: 3584 MiB\n +profiles\/compact\.yaml \(product\), line \d+/);
    const json = await run('explain', site, '--output', 'json');
    expect(json.streams.outJson.at(-1)).toMatchObject({
      data: { nodes: [{ node: 'n1' }, { node: 'n2' }, { node: 'n3' }] },
    });
  });

  it('refuses a node that is not there, and profiles with problems', async () => {
    expect((await run('explain', await siteFolder(), 'n9')).code).toBe(2);
    const bad = await run('ls', await siteFolder({ 'profiles/a.yaml': 'extends: nothing\n' }));
    expect(bad.code).toBe(2);
    expect(bad.streams.error).toContain('there is no sound profile "nothing"');
  });
});
