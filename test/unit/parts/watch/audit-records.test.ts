import { describe, expect, it } from 'vitest';
import { readAuditEvents } from '../../../../installer/parts/watch/audit-records.ts';
import { noted, pathItem } from '../../../fixtures/audit-log.ts';

const hex = (text: string): string => Buffer.from(text).toString('hex').toUpperCase();
const stamp = '1772359200.123:4242';
const [only] = readAuditEvents(
  noted({
    stamp,
    paths: [pathItem('"/etc/cron.d/"', 131, 'PARENT'), pathItem('"/etc/cron.d/evil"', 4711, 'CREATE')],
  }),
);

describe('records of the audit log', () => {
  it('of one event are one: when, who, with what, and every path', () => {
    expect(only).toEqual({
      atMs: 1_772_359_200_123,
      actor: { login: '1000', user: '0', program: '/usr/bin/tee', command: 'tee' },
      paths: [
        { path: '/etc/cron.d', isRelative: false, type: 'PARENT', inode: '131' },
        { path: '/etc/cron.d/evil', isRelative: false, type: 'CREATE', inode: '4711' },
      ],
    });
  });

  it('have names of accounts where the daemon added them, and say where no log-in led to it', () => {
    const actor = (auid: number, names: { auid: string; uid: string }) =>
      readAuditEvents(noted({ stamp, auid, names, paths: [] }))[0]?.actor;
    expect(actor(1000, { auid: 'kim', uid: 'root' })).toMatchObject({ login: 'kim', user: 'root' });
    expect(actor(1000, { auid: 'unknown(1000)', uid: 'root' })).toMatchObject({ login: '1000' });
    expect(actor(4_294_967_295, { auid: 'unset', uid: 'root' })?.login).toBeUndefined();
  });

  it('give odd names in hexadecimal, and relative ones from the working directory', () => {
    const text = noted({
      stamp,
      cwd: hex('/srv/a folder'),
      comm: hex('my editor'),
      exe: '"/usr/bin/vim.basic"',
      paths: [
        pathItem(hex('/etc/cron.d/straße "x"'), 7, 'CREATE'),
        pathItem('"../evil"', 8, 'NORMAL'),
        pathItem('(null)', 9, 'PARENT'),
      ],
    });
    const [event] = readAuditEvents(text);
    expect(event?.actor).toMatchObject({ program: '/usr/bin/vim.basic', command: 'my editor' });
    expect(event?.paths.map(({ path, isRelative }) => [path, isRelative])).toEqual([
      ['/etc/cron.d/straße "x"', false],
      ['/srv/evil', true],
    ]);
  });

  it('do not move the cursor of whoever reads what a process calls itself', () => {
    const [event] = readAuditEvents(noted({ stamp, comm: hex('\u001b[2Jx'), paths: [] }));
    expect(event?.actor.command).toBe('?[2Jx');
  });

  it('are told apart by their stamp, also with a host in front, and come in the order of the log', () => {
    const lines = [
      noted({ stamp: '1772359300.001:4300', paths: [pathItem('"/etc/b"', 2, 'NORMAL')] }),
      noted({ stamp: '1772359300.001:4301', paths: [pathItem('"/etc/a"', 1, 'NORMAL')] }),
    ];
    const text = lines.join('').replaceAll(/^type=/gm, 'node=n1 type=');
    expect(readAuditEvents(text).map(({ paths }) => paths.map(({ path }) => path))).toEqual([
      ['/etc/b'],
      ['/etc/a'],
    ]);
  });

  it('of what was refused, cut off or is something else are passed over', () => {
    const failed = noted({ stamp, success: 'no', paths: [pathItem('"/etc/x"', 1, 'NORMAL')] });
    const whole = noted({ stamp, paths: [pathItem('"/etc/x"', 1, 'NORMAL')] });
    const withoutCall = whole.slice(whole.indexOf('\n') + 1);
    const login = `type=USER_LOGIN msg=audit(${stamp}): pid=1 uid=0 auid=0 msg='op=login res=success'\n`;
    for (const text of ['', '<no matches>\n', '----\n', failed, withoutCall, `5): cwd="/"\n`, login])
      expect(readAuditEvents(text), text).toEqual([]);
  });
});
