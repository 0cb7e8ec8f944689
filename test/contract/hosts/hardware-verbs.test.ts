import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { journalPath } from '../../../installer/engine/journal.ts';
import { KeptStreams } from '../../unit/cli/streams.ts';
import { siteFolder, siteYaml } from '../../unit/site/site-folder.ts';
import { sshConnections } from './ssh-connections.ts';

const ssh = sshConnections();
let keys: string;
const before = process.env['XDG_CONFIG_HOME'];

// Signing keys of its own: those of whoever runs this are nobody's business here.
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'perimeter-keys-'));
  process.env['XDG_CONFIG_HOME'] = keys;
});
afterAll(async () => {
  if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
  else process.env['XDG_CONFIG_HOME'] = before;
  await rm(keys, { recursive: true, force: true });
});

async function hardware(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['hardware', ...argv], streams), streams };
}

/** A site of one node, which is this machine. */
async function siteOfThisMachine(): Promise<string> {
  const { signer } = await new SigningKeys().ensure('importer');
  const trust = { importerKeys: [{ name: 'importer', publicKey: signer.publicKey }] };
  const { port, hostKey, keyFile } = ssh.server.target.ssh;
  const node = { name: 'n1', address: '127.0.0.1', profile: 'compact', ssh: { port, hostKey } };
  return await siteFolder({
    'site.yaml': `${siteYaml.replace('10.20.0.0/24', '127.0.0.0/24')}trust: ${JSON.stringify(trust)}\n`,
    'inventory.yaml': JSON.stringify({ ssh: { keyFile: 'key' }, nodes: [node] }),
    key: await readFile(keyFile),
  });
}

describe('the machines of a site over real SSH', () => {
  it('are frozen, compared, missed when the report is gone, and let go on purpose', async () => {
    const site = await siteOfThisMachine();
    const frozen = await hardware('freeze', site);
    expect(frozen.code, frozen.streams.error).toBe(0);
    expect(frozen.streams.out).toMatch(
      /hardware-report\.json: 1 machine, signed by sha256:.*\ndigest sha256:/,
    );
    expect((await hardware('diff', site)).code).toBe(0);

    const report = await readFile(join(site, 'hardware-report.json'), 'utf8');
    await rm(join(site, 'hardware-report.json'));
    const gone = await hardware('diff', site);
    expect(gone.code).toBe(2);
    expect(gone.streams.error).toContain('is gone; the machines were frozen on');
    expect(gone.streams.error).toContain(`perimeter hardware unfreeze ${site} --reason`);
    await writeFile(join(site, 'hardware-report.json'), report);
    expect((await hardware('diff', site)).code).toBe(0);

    const given = await hardware('unfreeze', site, '--reason', 'CHG-1050');
    expect(given.streams.out).toContain('are no longer held against the report of');
    const never = await hardware('diff', site);
    expect(never.streams.error).toContain('were never frozen');
    const journal = (await readFile(journalPath(site), 'utf8')).trimEnd().split('\n');
    expect(journal.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'hardware-frozen',
      'hardware-unfrozen',
    ]);
  }, 120_000);
});
