import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linksOf } from '../../../installer/hardware/links.ts';
import type { HostView } from '../../../installer/hosts/host.ts';
import { surveyHost } from '../../../installer/hosts/survey.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { judgeSite } from '../../../installer/preflight/judge-site.ts';
import { lookAtSite } from '../../../installer/preflight/look-at-site.ts';
import { readPeers, readWrites } from '../../../installer/preflight/probes.ts';
import { readBmc } from '../../../installer/preflight/read-bmc.ts';
import { readClock } from '../../../installer/preflight/read-clock.ts';
import { readOutside } from '../../../installer/preflight/read-outside.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { surveyWith } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';

const host = localHost('n1');
const atLoopback = (name: string, address: string): SiteNode => ({
  ...(sampleSite().nodes[0] as SiteNode),
  name,
  address,
});
const nodes = [atLoopback('n1', '127.0.0.1'), atLoopback('n2', '127.0.0.2')];
const site = { ...sampleSite(), nodes };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-preflight-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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
    const { facts } = await surveyHost(host);
    const { skewMs, errorMs, steppedMs } = (await readClock(host, facts)) ?? {};
    expect(Math.abs(skewMs ?? Number.NaN)).toBeLessThanOrEqual((errorMs ?? 0) + 5);
    expect(errorMs).toBeLessThan(5_000);
    expect(steppedMs).toBeUndefined();
  });

  it('asks another node for time, ports and whole packets, and one that is not there', async () => {
    const gone = { ...site, nodes: [...nodes, atLoopback('n3', '127.0.0.1')] };
    const reading = await readPeers(host, nodes[0] as SiteNode, gone, 1500);
    expect(reading?.peers.map(({ node }) => node)).toEqual(['n2', 'n3']);
    expect(reading?.peers[0]).toMatchObject({
      lost: 0,
      tries: 10,
      silentPorts: [],
      whole: 'arrived',
      wholeBytes: 1500,
    });
    expect(reading?.peers[0]?.timeMs).toBeGreaterThan(0);
  });

  it('notices that a packet is larger than the way', async () => {
    const reading = await readPeers(host, nodes[0] as SiteNode, site, 65_600 + 28);
    expect(reading?.peers[0]?.whole).not.toBe('arrived');
  });

  it('measures writes and leaves no file behind', async () => {
    const writes = await readWrites(host, '/var/lib/no-such-folder/etcd', 3);
    expect(writes).toMatchObject({ by: expect.stringMatching(/^(fio|perl)$/), place: '/var/lib' });
    expect(writes?.count).toBeGreaterThan(9);
    expect(writes?.p99Ms).toBeGreaterThan(0);
    expect((await readdir('/var/lib')).filter((name) => name.startsWith('.perimeter'))).toEqual([]);
  });

  it('believes fio where it is there, and asks it for what etcd does', async () => {
    const job = { sync: { total_ios: 9974, lat_ns: { percentile: { '99.000000': 4_620_288 } } } };
    const fio = `#!/bin/sh\necho "$@" > ${folder}/asked; echo '${JSON.stringify({ jobs: [job] })}'\n`;
    await writeFile(join(folder, 'fio'), fio, { mode: 0o755 });
    const query: HostView['query'] = (argv, options) =>
      host.query(['env', `PATH=${folder}:${process.env['PATH']}`, ...argv], options);
    const withFio = Object.create(host, { query: { value: query } }) as HostView;
    const reading = { by: 'fio', place: '/var/lib', p99Ms: 4.620288, count: 9974 };
    expect(await readWrites(withFio, '/var/lib', 3)).toEqual(reading);
    const asked = await readFile(join(folder, 'asked'), 'utf8');
    for (const words of ['--rw=write', '--ioengine=sync', '--size=22m', '--bs=2300', '--fdatasync=1'])
      expect(asked).toContain(words);
    expect((await readdir('/var/lib')).filter((name) => name.startsWith('.perimeter'))).toEqual([]);
  });

  it('finds a way out where somebody answers, if only by a refusal', async () => {
    const open = { ...site, network: { ...site.network, outsideProbes: ['127.0.0.53'] } };
    const survey = surveyWith({ nameserver: undefined });
    const answers = await readOutside(host, open, survey);
    const own = answers.filter(({ address }) => address === '127.0.0.53');
    expect(own.map(({ way, word }) => `${way} ${word}`)).toEqual([
      'tcp refused',
      'tcp refused',
      'tcp refused',
      'time refused',
      'dns refused',
    ]);
    expect(answers.some(({ way, address }) => way === 'tcp' && address === '2001:db8::1')).toBe(true);
    expect(answers.filter(({ way }) => way === 'name')).toEqual([
      { way: 'name', address: '', word: 'unknown' },
    ]);
    // What the host has a route of its own for is not outside, and the answer says so.
    const inside = await readOutside(host, open, surveyWith({ route: '0000007F 000000FF' }));
    expect(inside.filter(({ address }) => address === '127.0.0.53')).toEqual([
      { way: 'routed', address: '127.0.0.53', word: 'inside' },
    ]);
  });

  it('asks a management controller whether a node reaches it', async () => {
    const bmc = { address: 'redfish+https://127.0.0.53/redfish/v1', credentialRef: 'vault:kv/bmc' };
    const answers = await readBmc(host, { ...(nodes[0] as SiteNode), hardware: { bmc } });
    expect(answers?.map(({ port, word }) => `${port} ${word}`)).toEqual(
      expect.arrayContaining(['TCP 443 refused', 'UDP 623 refused']),
    );
    expect(await readBmc(host, nodes[0] as SiteNode)).toBeUndefined();
  });

  it('lets every check judge it, and none breaks', async () => {
    const subject = await lookAtSite({
      site,
      need: { freeMib: 1, sizeBytes: 1, packages: ['node-debs'] },
      host: () => host,
      writeSeconds: () => 0,
    });
    const results = judgeSite(subject, checkTable);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    expect(new Set(results.map(({ check }) => check)).size).toBe(checkTable.length);
    // Two nodes at one machine: it is found out.
    expect(results.find(({ check }) => check === 'X-03')?.status).toBe('fail');
  });
});
