/**
 * How long preflight takes for 1, 10 and 100 hosts (all of it but the measuring of writes, which takes each host its seconds whatever the
 * installer does), in three ways: hosts in memory that answer at once (what the installer itself
 * costs), hosts in memory that take as long as a real one did here (a hundred machines of their own), and real SSH connections to
 * this machine, which then does the work of all hosts on its own cores. Needs root and Debian's openssh-server.
 *   node installer/launch.mjs --script test/bench/preflight.ts --hosts 1,10,100 --real 1,10
 */
import { availableParallelism, loadavg } from 'node:os';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cacheDirectory, writeFileAtomic } from '../../installer/base/files.ts';
import { formatDuration } from '../../installer/base/units.ts';
import type { HostView } from '../../installer/hosts/host.ts';
import { openHostPool } from '../../installer/hosts/pool.ts';
import { surveyHost } from '../../installer/hosts/survey.ts';
import { checkTable } from '../../installer/preflight/check-table.ts';
import { judgeSite } from '../../installer/preflight/judge-site.ts';
import { lookAtSite } from '../../installer/preflight/look-at-site.ts';
import type { Site, SiteNode } from '../../installer/site/site.ts';
import { MemoryHost } from '../../installer/testkit/memory-host.ts';
import { startSshServer } from '../contract/hosts/ssh-server.ts';
import { sampleSite } from '../support/sample-site.ts';

const { values } = parseArgs({
  options: { hosts: { type: 'string', default: '1,10,100' }, real: { type: 'string', default: '1,10' } },
});
const numbersOf = (text: string): number[] => text.split(',').map(Number);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Row {
  readonly way: string;
  readonly hosts: number;
  readonly surveyMs: number;
  readonly checkMs: number;
  readonly results: number;
  readonly peakMib: number;
}

/** Three control planes, the rest workers, as a site of that size would have. */
function siteOf(count: number, change: (node: SiteNode, index: number) => SiteNode = (node) => node): Site {
  const site = sampleSite();
  const [model] = site.nodes;
  if (model === undefined) throw new Error('the sample site has no node');
  const nodes = Array.from({ length: count }, (_unused, index): SiteNode => {
    const roles = index < 3 ? model.roles : (['worker'] as const);
    const address = `10.77.${Math.floor(index / 250)}.${(index % 250) + 1}`;
    return change({ ...model, name: `n${index + 1}`, address, roles }, index);
  });
  return { ...site, nodes };
}

/** A host in memory whose every answer takes a while, as that of a machine far away does. */
function slowed(host: HostView, answerMs: (what: string) => number): HostView {
  const query: HostView['query'] = async (argv, options) => {
    await delay(answerMs(argv[3] ?? ''));
    return host.query(argv, options);
  };
  return Object.create(host, { query: { value: query } }) as HostView;
}

async function measure(way: string, site: Site, host: (name: string) => HostView): Promise<Row> {
  const surveyStart = performance.now();
  await Promise.all(site.nodes.map(({ name }) => surveyHost(host(name))));
  const surveyMs = performance.now() - surveyStart;
  const checkStart = performance.now();
  const need = { freeMib: 8_000, sizeBytes: 700e6, packages: ['node-debs'] };
  // Writes are left out, as by `check --quick`: all hosts of this bench would share one disk, and it is no work of the installer.
  const subject = await lookAtSite({ site, need, host, writeSeconds: () => 0 });
  const results = judgeSite(subject, checkTable);
  const checkMs = performance.now() - checkStart;
  if (subject.nodes.length !== site.nodes.length) throw new Error('not every host could be looked at');
  const peakMib = process.resourceUsage().maxRSS / 1024;
  return { way, hosts: site.nodes.length, surveyMs, checkMs, results: results.length, peakMib };
}

function inMemory(way: string, count: number, answerMs?: (what: string) => number): Promise<Row> {
  const site = siteOf(count);
  const hosts = new Map(
    site.nodes.map(({ name, address }) => [name, new MemoryHost({ name, address })] as const),
  );
  return measure(way, site, (name) => {
    const host = hosts.get(name) as HostView;
    return answerMs === undefined ? host : slowed(host, answerMs);
  });
}

const server = await startSshServer(['MaxStartups 300:30:600', 'MaxSessions 20']);
const rows: Row[] = [];
try {
  /** All nodes are this machine; connections are made before the clock starts, as an install has them. */
  const overSsh = async (count: number): Promise<Row> => {
    const site = siteOf(count, (node) => ({ ...node, address: '127.0.0.1', ssh: server.target.ssh }));
    const pool = openHostPool(site);
    try {
      await Promise.all(site.nodes.map(({ name }) => pool.hands(name).query(['true'])));
      return await measure('real SSH to this machine', site, (name) => pool.hands(name));
    } finally {
      await pool.close();
    }
  };
  for (const count of numbersOf(values.real)) rows.push(await overSsh(count));
  const one = rows.find(({ hosts }) => hosts === 1) ?? (await overSsh(1));
  for (const count of numbersOf(values.hosts)) rows.push(await inMemory('memory, at once', count));
  const asOne = (what: string): number =>
    what === 'survey-host' ? one.surveyMs : what === 'tell-time' ? 30 : one.surveyMs / 2;
  for (const count of numbersOf(values.hosts)) {
    rows.push(await inMemory(`memory, ${Math.round(one.surveyMs)} ms a survey`, count, asOne));
  }
} finally {
  await server.remove();
}

const head = ['way'.padEnd(26), 'hosts', '  facts', '   check', 'results', 'peak MiB'].join('  ');
say(
  `${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${checkTable.length} checks\n\n${head}`,
);
for (const { way, hosts, surveyMs, checkMs, results, peakMib } of rows) {
  const cells = [
    String(hosts).padStart(5),
    formatDuration(surveyMs).padStart(7),
    formatDuration(checkMs).padStart(8),
    String(results).padStart(7),
    String(Math.round(peakMib)).padStart(8),
  ];
  say([way.padEnd(26), ...cells].join('  '));
}
const file = cacheDirectory('bench', `preflight-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
await writeFileAtomic(file, JSON.stringify({ options: values, rows }, undefined, 1));
say(
  `\nfacts: the survey of every host; check: as by \`check --quick\`: survey, clock, ways between nodes, ways out, and all judgements, without measuring writes.\n${file}`,
);
