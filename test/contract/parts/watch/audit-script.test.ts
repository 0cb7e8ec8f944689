import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAuditEvents } from '../../../../installer/parts/watch/audit-records.ts';
import { auditScript } from '../../../../installer/parts/watch/audit-script.ts';
import { noted, pathItem } from '../../../fixtures/audit-log.ts';

/**
 * The script on this machine, with a log of the test and a stand-in for `ausearch` that prints it: the daemon and its tools are not
 * here, and the kernel's audit is one for the whole machine.
 */
let folder = '';
let log = '';

async function ask(paths: readonly string[], since = '-'): Promise<string> {
  const { stdout } = await execa('sh', ['-c', auditScript, 'read-audit-log', since, log], {
    input: paths.map((path) => `${path}\n`).join(''),
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, TZ: 'UTC', LOG: log },
  });
  return stdout;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-audit-'));
  log = join(folder, 'audit.log');
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'cron.d'));
  await writeFile(join(folder, 'bin', 'ausearch'), '#!/bin/sh\necho "$@" > "$LOG.asked"\ncat "$LOG"\n');
  await chmod(join(folder, 'bin', 'ausearch'), 0o755);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const event = (serial: number, ...paths: readonly string[]): string =>
  noted({ stamp: `1772359200.123:${serial}`, paths });
const serials = (text: string): string[] => [
  ...new Set([...text.matchAll(/audit\([\d.]+:(\d+)\)/g)].map(([, serial = '']) => serial)),
];

describe('the script that asks the audit log', () => {
  it('prints the events of files of these names and of odd names, whole, with inodes and accounts', async () => {
    const name = join(folder, 'cron.d', 'evil one');
    await writeFile(name, '');
    const odd = Buffer.from(name).toString('hex').toUpperCase();
    const records = [
      event(1, pathItem('"/etc/other"', 1, 'NORMAL')),
      event(2, pathItem('"/etc/"', 2, 'PARENT'), pathItem('"/etc/hosts"', 3, 'NORMAL')),
      event(3, pathItem(odd, 4, 'CREATE')),
      event(4, pathItem('(null)', 5, 'PARENT')),
      event(5, pathItem('"hosts"', 6, 'DELETE')),
      event(6, pathItem('"/etc/hosts.old"', 7, 'CREATE')),
    ];
    await writeFile(log, records.join(''));
    const text = await ask(['/etc/hosts', name, '/no/such/file']);
    expect(serials(text)).toEqual(['2', '3', '5']);
    const inode = async (path: string): Promise<string> => `inode ${(await stat(path)).ino} ${path}`;
    const lines = text.split('\n');
    for (const path of ['/etc', '/etc/hosts', name, join(folder, 'cron.d')])
      expect(lines).toContain(await inode(path));
    expect(lines).toContain('user 0 root');
    expect(lines.filter((line) => line.startsWith('inode '))).toHaveLength(4);
    const events = readAuditEvents(text);
    expect(events).toHaveLength(3);
    expect(events[0]?.paths.map(({ path }) => path)).toEqual(['/etc', '/etc/hosts']);
    expect(events[1]?.paths.map(({ path }) => path)).toEqual([name]);
  });

  it('asks for what succeeded, from the time on that is given', async () => {
    await writeFile(log, '');
    await ask(['/etc/hosts'], '1772359250');
    expect(await readFile(`${log}.asked`, 'utf8')).toBe(
      '--input-logs --raw --success yes --start 03/01/26 10:00:50\n',
    );
    await ask(['/etc/hosts']);
    expect(await readFile(`${log}.asked`, 'utf8')).toBe('--input-logs --raw --success yes\n');
  });

  it('keeps the latest of what would be too much', async () => {
    const records = Array.from({ length: 2_000 }, (_, index) =>
      event(index, pathItem('"/etc/hosts"', 3, 'NORMAL')),
    );
    await writeFile(log, records.join(''));
    const text = await ask(['/etc/hosts']);
    expect(text.length).toBeLessThan(1_200_000);
    expect(serials(text).at(-1)).toBe('1999');
    expect(readAuditEvents(text).length).toBeGreaterThan(500);
  });

  it('says nothing where there is no log, and has no records where it finds none', async () => {
    expect(await ask(['/etc/hosts'])).toBe('');
    await writeFile(log, '');
    await writeFile(join(folder, 'bin', 'ausearch'), '#!/bin/sh\necho "<no matches>" >&2\nexit 1\n');
    const text = await ask(['/etc/hosts']);
    expect(text).toMatch(/^inode \d+ \/etc$/m);
    expect(readAuditEvents(text)).toEqual([]);
  });
});
