import { describe, expect, it } from 'vitest';
import type { Check } from '../../../installer/preflight/check.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { blocking, describeResult, judgeSite } from '../../../installer/preflight/judge-site.ts';
import { describeResults } from '../../../installer/preflight/report.ts';
import type { Waiver } from '../../../installer/site/waivers.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { siteSubject } from './subjects.ts';

const waiver = (more: Partial<Waiver> = {}): Waiver => ({
  check: 'HW-MEM-08',
  reason: 'swap stays until the new disks are there',
  ticket: 'CHG-17',
  expires: '2026-12-31',
  ...more,
});

const judged = (waivers: readonly Waiver[], told = { swap: '/dev/sda3' }) =>
  judgeSite(siteSubject({ told }, { site: { ...sampleSite(), waivers } }), checkTable);
const swapOf = (waivers: readonly Waiver[]) =>
  judged(waivers).find(({ check, node }) => check === 'HW-MEM-08' && node === 'n2');

describe('waivers', () => {
  it('accept a finding in writing, on all nodes or on one, and stand in the report', () => {
    expect(swapOf([])?.status).toBe('fail');
    expect(swapOf([waiver()])).toMatchObject({ status: 'waived', waiver: { ticket: 'CHG-17' } });
    expect(swapOf([waiver({ node: 'n2' })])?.status).toBe('waived');
    expect(swapOf([waiver({ node: 'n1' })])?.status).toBe('fail');
    expect(blocking(judged([waiver()]))).toEqual([]);
    expect(describeResults(judged([waiver()]), false)).toContain(
      'swap stays until the new disks are there (CHG-17, until 2026-12-31)',
    );
  });

  it('hold through their last day, and not a minute longer', () => {
    // The subject's own time is noon of the first of June.
    expect(swapOf([waiver({ expires: '2026-06-01' })])?.status).toBe('waived');
    const over = swapOf([waiver({ expires: '2026-05-31' })]);
    expect(over).toMatchObject({ status: 'fail', expired: { ticket: 'CHG-17' } });
    expect(describeResult(over as never)).toContain('The waiver CHG-17 expired on 2026-05-31');
    expect(judged([waiver({ expires: '2026-05-31' })]).find(({ check }) => check === 'SITE-04')?.status).toBe(
      'warn',
    );
  });

  it('cannot accept what the platform cannot live with', () => {
    const told = { trace: '/etc/kubernetes' } as never;
    const results = judged([waiver({ check: 'OLD-02' })], told);
    expect(results.find(({ check, node }) => check === 'OLD-02' && node === 'n2')?.status).toBe('fail');
  });
});

describe('judging', () => {
  it('turns a check that breaks into a result that blocks', () => {
    const broken: Check = {
      id: 'T-01',
      scope: 'node',
      title: 'test',
      why: 'test',
      wanted: 'test',
      remedy: 'test',
      judge() {
        throw new Error('no such key');
      },
    };
    const results = judgeSite(siteSubject(), [broken]);
    expect(results.map(({ node, status }) => [node, status])).toEqual([
      ['n1', 'error'],
      ['n2', 'error'],
      ['n3', 'error'],
    ]);
    expect(blocking(results)).toHaveLength(3);
  });

  it('tells everything at once, the worst first, the same finding of several hosts together', () => {
    const site = sampleSite();
    const text = describeResults(
      judgeSite(
        siteSubject({ told: { cores: '0', swap: '/dev/x', cgroup: '1' } }, { site, frozen: undefined }),
        checkTable,
      ),
      false,
    );
    expect(text.indexOf('FAIL')).toBeLessThan(text.indexOf('warn'));
    expect(text).toContain('HW-MEM-08  swap: n2');
    expect(text).toContain('do      swapoff -a');
    expect(text).toMatch(/\d+ results: \d+ pass, .*2 warn, 2 fail\./);
  });
});
