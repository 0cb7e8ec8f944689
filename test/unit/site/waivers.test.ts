import { describe, expect, test } from 'vitest';
import { loadSite } from '../../../installer/site/load-site.ts';
import { isExpired } from '../../../installer/site/waivers.ts';
import { siteFolder } from './site-folder.ts';

const waiver = (lines: string): string => `waivers:\n  - check: HW-MEM-04\n${lines}`;
const sound = waiver(
  '    node: n1\n    reason: no ECC in these machines\n    ticket: CHG-17\n    expires: 2027-01-31\n',
);

describe('waivers.yaml', () => {
  test('is read into the site, and changes its digest', async () => {
    const [without, with_] = await Promise.all([
      loadSite(await siteFolder()),
      loadSite(await siteFolder({ 'waivers.yaml': sound })),
    ]);
    expect(without.waivers).toEqual([]);
    expect(with_.waivers).toEqual([
      {
        check: 'HW-MEM-04',
        node: 'n1',
        reason: 'no ECC in these machines',
        ticket: 'CHG-17',
        expires: '2027-01-31',
      },
    ]);
    expect(with_.digest).not.toBe(without.digest);
  });

  test.each([
    [
      'a day that does not exist',
      sound.replace('2027-01-31', '2027-02-31'),
      'waivers.yaml:6: waivers[0].expires: is no day of the calendar',
    ],
    ['no day at all', sound.replace('2027-01-31', 'never'), 'is no day; for example: 2027-01-31'],
    ['no reason', sound.replace('no ECC in these machines', 'x'), 'waivers[0].reason'],
    ['no ticket', sound.replace('    ticket: CHG-17\n', ''), 'waivers[0].ticket: is missing'],
    [
      'a node that is not there',
      sound.replace('n1', 'n9'),
      'waivers.yaml:3: waivers[0].node: there is no node "n9"; known: n1, n2, n3',
    ],
    ['a key that is unknown', sound.replace('ticket', 'tiket'), 'tiket'],
    ['what is no id', sound.replace('HW-MEM-04', 'memory'), 'is no id of a check'],
    ['a tab', sound.replace('    node', '\tnode'), 'tab'],
  ])('with %s is refused, with its line', async (_what, text, words) => {
    const error = await loadSite(await siteFolder({ 'waivers.yaml': text })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'E_SITE_INVALID' });
    expect((error as { findings: string[] }).findings.join('\n')).toContain(words);
  });

  test('hold until midnight UTC of their last day', () => {
    const one = { check: 'A-01', reason: '', ticket: '', expires: '2026-02-28' };
    expect(isExpired(one, new Date('2026-02-28T23:59:59Z'))).toBe(false);
    expect(isExpired(one, new Date('2026-03-01T00:00:00Z'))).toBe(true);
  });
});
