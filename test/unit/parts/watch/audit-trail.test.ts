import { describe, expect, it } from 'vitest';
import { auditTrail } from '../../../../installer/parts/watch/audit-trail.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { noted, pathItem } from '../../../fixtures/audit-log.ts';

const cron = '/etc/cron.d/evil';
const folder = 131;
const header = [`inode ${folder} /etc/cron.d`, `inode 4711 ${cron}`, 'user 0 root', 'user 1000 kim'].join(
  '\n',
);
const call = (seconds: number, paths: readonly string[], cwd = '"/root"'): string =>
  noted({ stamp: `${seconds}.000:${seconds}`, cwd, paths });

/** What a host with these records answers about one file, since 1970 or the second that is given. */
async function trail(records: string, sinceMs = 0, path = cron) {
  const host = new MemoryHost({
    commands: { 'read-audit-log': () => ({ stdout: `${header}\n${records}` }) },
  });
  return (await auditTrail(host, new Map([[path, sinceMs]]))).get(path);
}

describe('what the audit log of a host knows about a file', () => {
  it('is its latest change, by names of accounts', async () => {
    const paths = [pathItem('"/etc/cron.d/"', folder, 'PARENT'), pathItem(`"${cron}"`, 4711, 'CREATE')];
    expect(await trail(call(100, paths) + call(200, paths))).toEqual({
      atMs: 200_000,
      login: 'kim',
      user: 'root',
      program: '/usr/bin/tee',
      command: 'tee',
    });
  });

  it('is nothing where there is no record, or only one of an earlier change', async () => {
    const records = call(100, [pathItem(`"${cron}"`, 4711, 'NORMAL')]);
    expect(await trail('')).toBeUndefined();
    expect(await trail(records, 150_000)).toBeUndefined();
    expect(await trail(records, 50_000)).toMatchObject({ atMs: 100_000 });
    expect(await trail(call(100, [pathItem('"/tmp/evil"', 9, 'CREATE')]))).toBeUndefined();
  });

  it('is found by the folder where the log takes the working directory for it', async () => {
    const copied = [pathItem('"/srv"', folder, 'PARENT'), pathItem('"evil"', 9, 'CREATE')];
    expect(await trail(call(100, copied, '"/srv"'))).toMatchObject({ atMs: 100_000 });
    // The same name in another folder that somebody holds open while standing in this one.
    const elsewhere = [pathItem('"/etc/cron.d"', 77, 'PARENT'), pathItem('"evil"', 9, 'DELETE')];
    expect(await trail(call(100, elsewhere, '"/etc/cron.d"'))).toBeUndefined();
  });

  it('is found by its own inode where it was only opened', async () => {
    const opened = [pathItem('"evil"', 4711, 'NORMAL')];
    expect(await trail(call(100, opened, '"/somewhere"'))).toMatchObject({ atMs: 100_000 });
  });

  it('is asked for once for all files, with the earliest of their times', async () => {
    const host = new MemoryHost();
    await auditTrail(host, new Map());
    expect(host.queries).toEqual([]);
    const files: [string, number][] = [
      ['/etc/a', 9_000],
      ['/etc/b', 7_500],
    ];
    expect((await auditTrail(host, new Map(files))).size).toBe(0);
    expect(host.queries).toHaveLength(1);
    expect(host.queries[0]).toMatch(/ read-audit-log 7 \/var\/log\/audit\/audit\.log$/);
  });
});
