import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { folderOf } from '../hardware/catalogue-folder.ts';
import { hostKey } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

const table = `name;address;profile;host_key\nn1;10.20.0.11;compact;${hostKey(1)}\n`;
async function run(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['inventory', 'import', ...argv], streams), streams };
}

describe('perimeter inventory import', () => {
  it('prints the inventory, or writes it, but not over another one', async () => {
    const folder = await folderOf({ 'machines.csv': table });
    const [csv, out] = [join(folder, 'machines.csv'), join(folder, 'inventory.yaml')];
    expect((await run(csv)).streams.out).toContain('- name: n1');
    expect((await run(csv, '--out', out, '--key-file', 'ssh/key')).code).toBe(0);
    expect(await readFile(out, 'utf8')).toContain('keyFile: ssh/key');
    expect((await run(csv, '--out', out)).code).toBe(2);
    expect(
      (await run(csv, '--out', out, '--replace', '--output', 'json')).streams.outJson.at(-1),
    ).toMatchObject({
      data: { nodes: 1 },
    });
  });

  it('names every bad line and writes nothing', async () => {
    const folder = await folderOf({ 'machines.csv': table.replace('10.20.0.11', 'here') });
    const { code, streams } = await run(
      join(folder, 'machines.csv'),
      '--out',
      join(folder, 'inventory.yaml'),
    );
    expect(code).toBe(2);
    expect(streams.error).toContain('machines.csv:2: address: is no IPv4 address');
    expect(streams.error).toContain('E_INVENTORY_INVALID');
    await expect(readFile(join(folder, 'inventory.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it("knows the product's profiles and those of the site that it writes for", async () => {
    const own = 'extends: worker\nsummary: with more disks\n';
    const folder = await folderOf({
      'machines.csv': table.replace('compact', 'worker-xl'),
      'site/profiles/worker-xl.yaml': own,
    });
    const csv = join(folder, 'machines.csv');
    const { code, streams } = await run(csv);
    expect(code).toBe(2);
    expect(streams.error).toContain('machines.csv:2: profile: there is no profile "worker-xl"');
    expect((await run(csv, '--out', join(folder, 'site', 'inventory.yaml'))).code).toBe(0);
  });

  it('refuses a table in another encoding, and one that is not there', async () => {
    const folder = await folderOf();
    await writeFile(join(folder, 'old.csv'), Buffer.from([0x6e, 0xcf, 0xd0, 0x0a]));
    expect((await run(join(folder, 'old.csv'))).streams.error).toContain('no UTF-8 text');
    expect((await run(join(folder, 'absent.csv'))).code).toBe(2);
  });
});
