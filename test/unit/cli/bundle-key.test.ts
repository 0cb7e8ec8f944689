import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { KeptStreams } from './streams.ts';

async function told(...argv: string[]): Promise<string> {
  const streams = new KeptStreams();
  expect(await runCli(argv, streams), streams.error).toBe(0);
  return streams.out;
}

describe('perimeter bundle key show --yaml', () => {
  it('puts each key under the list of what it is for: an importer may not sign bundles', async () => {
    const keys = new SigningKeys();
    await keys.make('builder');
    await keys.make('importer');
    const { kept } = await keys.rotate('importer');
    for (const [name, list] of [
      ['builder', 'bundleKeys'],
      ['importer', 'importerKeys'],
      [kept, 'importerKeys'],
    ] as const) {
      const { publicKey } = await keys.show(name);
      const yaml = load(await told('bundle', 'key', 'show', name, '--yaml'));
      expect(yaml).toEqual({ trust: { [list]: [{ name, publicKey }] } });
    }
  });

  it('takes another purpose when one is named', async () => {
    await new SigningKeys().make('mine');
    expect(await told('bundle', 'key', 'show', 'mine', '--yaml')).toContain('bundleKeys:');
    expect(await told('bundle', 'key', 'show', 'mine', '--yaml', '--for', 'importer')).toContain(
      'importerKeys:',
    );
    const streams = new KeptStreams();
    expect(await runCli(['bundle', 'key', 'show', 'mine', '--for', 'friend'], streams)).toBe(2);
    expect(streams.error).toContain('allowed: builder, importer');
  });
});
