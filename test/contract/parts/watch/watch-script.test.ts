import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { productDirectory } from '../../../../installer/base/files.ts';
import { readStates } from '../../../../installer/parts/watch/watched-state.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';

const script = productDirectory('playbooks', 'files', 'watch.sh');
let folder = '';
let state = '';

/** The real script, on this machine, with its own things in a folder of the test. */
async function watch(...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('sh', [script, ...args], { env: { PERIMETER_WATCH: state } });
  return stdout;
}

const differences = async (): Promise<string[][]> =>
  (await watch('differences'))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));

/** Records what is there, as the installer does. */
async function record(): Promise<void> {
  const epochs = ['declared', 'kept', 'guarded'].map((name) => `epoch\t${name}\tx\n`).join('');
  const text = `${epochs}${await watch('look')}\n`;
  await writeFile(join(state, 'baseline.new'), text);
  await watch('record');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-watch-'));
  state = join(folder, 'state');
  await mkdir(join(folder, 'tree', 'below'), { recursive: true });
  await mkdir(state);
  await writeFile(join(folder, 'declared.conf'), 'one\n', { mode: 0o644 });
  await writeFile(join(folder, 'tree', 'a name with spaces'), 'two\n', { mode: 0o600 });
  await writeFile(join(folder, 'tree', 'below', 'empty'), '', { mode: 0o644 });
  await writeFile(join(folder, 'large'), Buffer.alloc(1_500_000, 7), { mode: 0o755 });
  await symlink('nowhere', join(folder, 'tree', 'link'));
  const lines = [
    'node\tname\tn1',
    `declared\tfile\t${folder}/declared.conf`,
    `declared\tfile\t${folder}/missing`,
    `declared\tfile\t${folder}/large`,
    'declared\tsysctl\tnet.ipv4.ip_forward',
    'declared\tpackage\tno-such-package',
    'declared\tuser\troot',
    `guarded\ttree\t${folder}/tree`,
    `guarded\ttree\t${folder}/no-such-tree`,
  ];
  await writeFile(join(state, 'list'), `${lines.join('\n')}\n`);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the watch of a node', () => {
  it('reads every kind of thing, and the double in memory reads files alike', async () => {
    const states = readStates(await watch('look'));
    const files = states.filter(({ kind }) => kind === 'file');
    const host = new MemoryHost();
    host.files.write(`${folder}/declared.conf`, Buffer.from('one\n'), {
      mode: 0o644,
      owner: 'root',
      group: 'root',
    });
    host.files.write(`${folder}/large`, Buffer.alloc(1_500_000, 7), {
      mode: 0o755,
      owner: 'root',
      group: 'root',
    });
    host.files.write(`${folder}/tree/a name with spaces`, Buffer.from('two\n'), {
      mode: 0o600,
      owner: 'root',
      group: 'root',
    });
    host.files.write(`${folder}/tree/below/empty`, Buffer.alloc(0), {
      mode: 0o644,
      owner: 'root',
      group: 'root',
    });
    host.files.link(`${folder}/tree/link`, 'nowhere');
    host.files.edit('/var/lib/perimeter/watch/list', await readFile(join(state, 'list'), 'utf8'));
    const { stdout } = await host.query(['/usr/local/lib/perimeter/watch', 'look']);
    expect(files).toEqual(readStates(stdout).filter(({ kind }) => kind === 'file'));
    expect(files).toHaveLength(6);
    const value = (kind: string): string | undefined => states.find((one) => one.kind === kind)?.value;
    expect(value('sysctl')).toMatch(/^[01]$/);
    expect(value('package')).toBe('absent');
    expect(value('user')).toMatch(/^root:x:0:0:/);
    // The same about what differs from a record.
    await record();
    host.files.edit('/var/lib/perimeter/watch/baseline', await readFile(join(state, 'baseline'), 'utf8'));
    await rm(join(folder, 'large'));
    await rm(join(folder, 'tree', 'link'));
    await writeFile(join(folder, 'tree', 'stranger'), 'x', { mode: 0o644 });
    host.files.remove(`${folder}/large`);
    host.files.remove(`${folder}/tree/link`);
    host.files.edit(`${folder}/tree/stranger`, 'x');
    const noticed = await host.query(['/usr/local/lib/perimeter/watch', 'differences']);
    const inMemory = noticed.stdout.split('\n').map((line) => line.split('\t').slice(0, 5));
    expect(inMemory.filter(([, kind]) => kind === 'file')).toEqual(
      (await differences()).map((fields) => fields.slice(0, 5)),
    );
  });

  it('finds nothing where nothing was changed', async () => {
    await record();
    expect(await differences()).toEqual([]);
  });

  it('names what was changed, went and came, and since when', async () => {
    await record();
    await watch('check');
    await writeFile(join(folder, 'declared.conf'), 'other\n');
    await writeFile(join(folder, 'large'), Buffer.alloc(1_500_000, 8));
    await rm(join(folder, 'tree', 'link'));
    await writeFile(join(folder, 'tree', 'stranger'), 'x');
    const found = await differences();
    expect(found.map(([, , name, wanted, is]) => [name, wanted === 'absent', is === 'absent'])).toEqual([
      [`${folder}/declared.conf`, false, false],
      [`${folder}/large`, false, false],
      [`${folder}/tree/link`, false, true],
      [`${folder}/tree/stranger`, true, false],
    ]);
    const now = Date.now() / 1000;
    for (const [, , , , , firstSeen, lastGood, changed] of found)
      for (const time of [firstSeen, lastGood, changed])
        expect(Math.abs(Number(time) - now)).toBeLessThan(300);
  });

  it.each(['sshd', 'sshd-session'])('names who was let in last before, as %s says it', async (program) => {
    const line = `2026-03-01T10:00:00+00:00 n1 ${program}[7]: Accepted publickey for kim from 10.0.0.9 port 4711 ssh2`;
    const journal = `#!/bin/sh\ncase " $* " in *' --identifier ${program} '*) echo '${line}';; esac\n`;
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin', 'journalctl'), journal, { mode: 0o755 });
    const text = (await readFile(script, 'utf8')).replace(' PATH=/', ` PATH=${join(folder, 'bin')}:/`);
    await record();
    await writeFile(join(folder, 'declared.conf'), 'other\n');
    const env = { PERIMETER_WATCH: state };
    const { stdout } = await execa('sh', ['-c', text, 'watch', 'differences'], { env });
    expect(stdout.split('\n')[0]?.split('\t').at(-1)).toBe(
      'kim from 10.0.0.9 (publickey) at 2026-03-01T10:00:00+00:00',
    );
  });

  it('tells once what is new, and keeps the time at which it was first seen', async () => {
    await record();
    await writeFile(join(folder, 'declared.conf'), 'other\n');
    expect(await watch('check')).toMatch(/^<4>file .*declared\.conf is not as declared/);
    const report = await readFile(join(state, 'report'), 'utf8');
    const first = report.split('\n')[1]?.split('\t')[5];
    await writeFile(join(state, 'report'), report.replace(`\t${first}\t`, '\t1000\t'));
    expect(await watch('check')).toBe('');
    expect((await differences())[0]?.[5]).toBe('1000');
    await writeFile(join(folder, 'declared.conf'), 'one\n');
    expect(await watch('check')).toMatch(/^<5>file .*declared\.conf is no longer found as/);
  });

  it('puts a file back with its rights, and moves a stranger aside', async () => {
    await record();
    await rm(join(folder, 'tree', 'a name with spaces'));
    await rm(join(folder, 'tree', 'link'));
    await writeFile(join(folder, 'tree', 'stranger'), 'x');
    await watch('put-back', `${folder}/tree/a name with spaces`);
    await watch('put-back', `${folder}/tree/link`);
    const place = await watch('aside', `${folder}/tree/stranger`);
    expect(await readFile(place, 'utf8')).toBe('x');
    expect(await differences()).toEqual([]);
  });

  it('never keeps a copy of what somebody changed meanwhile', async () => {
    await record();
    const baseline = await readFile(join(state, 'baseline'), 'utf8');
    await writeFile(join(folder, 'declared.conf'), 'other\n');
    await writeFile(join(state, 'baseline.new'), baseline);
    await watch('record');
    await watch('put-back', `${folder}/declared.conf`);
    expect(await readFile(join(folder, 'declared.conf'), 'utf8')).toBe('one\n');
  });

  it('does nothing where nothing was recorded, and refuses to put back what it has no copy of', async () => {
    expect(await watch('check')).toBe('');
    await expect(watch('put-back', '/no/such/file')).rejects.toThrow('there is no copy of /no/such/file');
  });
});
