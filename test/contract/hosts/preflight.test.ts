import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { linksOf } from '../../../installer/hardware/links.ts';
import { surveyHost } from '../../../installer/hosts/survey.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { judgeSite } from '../../../installer/preflight/judge-site.ts';
import { lookAtSite } from '../../../installer/preflight/look-at-site.ts';
import { readClock, readOutside, readPeers, readWrites } from '../../../installer/preflight/probes.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { sampleSite } from '../../support/sample-site.ts';

const host = localHost('n1');
const atLoopback = (name: string, address: string): SiteNode => ({
  ...(sampleSite().nodes[0] as SiteNode),
  name,
  address,
});
const nodes = [atLoopback('n1', '127.0.0.1'), atLoopback('n2', '127.0.0.2')];
const site = { ...sampleSite(), nodes };

/** The scripts themselves, run by this machine's own shell, Perl and kernel. */
describe('preflight on a real machine', () => {
  it('surveys it whole', async () => {
    const survey = await surveyHost(host);
    expect(survey.one('surveyed')).toBe('yes');
    expect(survey.facts.cores).toBeGreaterThan(0);
    expect(survey.number('pidMax')).toBeGreaterThan(1000);
    expect(survey.values('namespace')).toContain('net');
    expect(survey.one('cpuFlags')?.split(' ').length).toBeGreaterThan(20);
    expect(survey.one('data')).toMatch(/^\w+ \d+ \d+$/);
    expect(linksOf(survey).map(({ name }) => name)).toContain('lo');
    const broken = survey.all.filter(({ key }) => !/^[A-Za-z][\w.]*$/.test(key));
    expect(broken).toEqual([]);
  });

  it('reads the clock to a few hundredths of a second', async () => {
    const { skewMs, errorMs } = await readClock(host);
    expect(Math.abs(skewMs)).toBeLessThanOrEqual(errorMs + 5);
    expect(errorMs).toBeLessThan(5_000);
  });

  it('asks another node for time, ports and whole packets, and one that is not there', async () => {
    const gone = { ...site, nodes: [...nodes, atLoopback('n3', '127.0.0.1')] };
    const reading = await readPeers(host, nodes[0] as SiteNode, gone, 1500);
    expect(reading?.peers.map(({ node }) => node)).toEqual(['n2', 'n3']);
    expect(reading?.peers[0]).toMatchObject({ lost: 0, silentPorts: [], whole: 'arrived', wholeBytes: 1500 });
    expect(reading?.peers[0]?.timeMs).toBeGreaterThan(0);
  });

  it('notices that a packet is larger than the way', async () => {
    const reading = await readPeers(host, nodes[0] as SiteNode, site, 65_600 + 28);
    expect(reading?.peers[0]?.whole).not.toBe('arrived');
  });

  it('measures writes and leaves no file behind', async () => {
    const writes = await readWrites(host);
    expect(writes?.count).toBeGreaterThan(99);
    expect(writes?.p99Ms).toBeGreaterThan(0);
    expect((await readdir('/var/lib')).filter((name) => name.startsWith('.perimeter'))).toEqual([]);
  });

  it('finds a way out where somebody answers, if only by a refusal', async () => {
    const open = { ...site, network: { ...site.network, outsideProbes: ['127.0.0.53'] } };
    const answers = await readOutside(host, open, []);
    expect(answers.filter(({ way }) => way === 'tcp').map(({ word }) => word)).toEqual([
      'refused',
      'refused',
      'refused',
    ]);
    expect(answers.filter(({ way }) => way === 'name')).toEqual([
      { way: 'name', address: '', word: 'unknown' },
    ]);
    // What the host has a route of its own for is not outside.
    const inside = await readOutside(host, open, ['127.0.0.0/8']);
    expect(inside.filter(({ way }) => way === 'tcp')).toEqual([]);
  });

  it('lets every check judge it, and none breaks', async () => {
    const subject = await lookAtSite({
      site,
      need: { freeMib: 1, sizeBytes: 1, packages: ['node-debs'] },
      host: () => host,
      thorough: false,
    });
    const results = judgeSite(subject, checkTable);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    expect(new Set(results.map(({ check }) => check)).size).toBe(checkTable.length);
    // Two nodes at one machine: it is found out.
    expect(results.find(({ check }) => check === 'X-03')?.status).toBe('fail');
  });
});
