import { parseFacts } from '../../../installer/hosts/parse-facts.ts';
import { parseSurvey } from '../../../installer/hosts/survey.ts';
import type { NodeSubject, PeerReading, SiteSubject } from '../../../installer/preflight/check.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { nodeLink } from '../../../installer/preflight/links.ts';
import type { Site, SiteNode } from '../../../installer/site/site.ts';
import { MemoryMachine } from '../../../installer/testkit/memory-machine.ts';
import { sampleSite } from '../../support/sample-site.ts';

type Lines = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What differs from a fit server: `key value` lines (undefined: not told), and readings of the probes. */
export interface Differences {
  readonly told?: Lines;
  readonly node?: Partial<SiteNode>;
  readonly subject?: Partial<NodeSubject>;
  readonly peer?: Partial<PeerReading>;
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** One disk as lsblk tells it. */
export function disk(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'sda',
    type: 'disk',
    size: 480e9,
    rota: false,
    rm: false,
    serial: 'S1',
    model: 'Flash',
    ...more,
  };
}

export const disks = (...of: readonly Record<string, unknown>[]): string => base64({ blockdevices: of });
export const smart = (value: unknown): string => `sda ${base64(value)}`;

/** Told by a server of which everything is known and good. */
function fitLines(index: number, address: string): Lines {
  const machine = new MemoryMachine();
  const octet = String(index).padStart(2, '0');
  return {
    ...machine.facts,
    ...machine.survey,
    surveyed: 'yes',
    hostname: `n${index}`,
    bootId: `boot-${index}`,
    machineId: `${index}`.repeat(32),
    governor: 'performance',
    cpusOnline: '0-3',
    cpusPresent: '0-3',
    throttled: ['0', '0'],
    microcode: '0x1',
    uncorrected: '0',
    corrected: '0',
    edac: 'mc0',
    dimm: ['8 GB', '8 GB'],
    hugePages: '0',
    hugePageKib: '2048',
    overcommit: '1',
    lsblk: disks(disk()),
    dataDisk: 'sda',
    smart: smart({
      smart_status: { passed: true },
      nvme_smart_health_information_log: { percentage_used: 3, media_errors: 0 },
    }),
    raid: '[UU]',
    ext4Errors: '0',
    nic: `eno1 02:00:00:00:00:${octet} 1500 up 1 10000 full 0 0 1000000 physical ixgbe`,
    address: [`lo 127.0.0.1/8`, `eno1 ${address}/24`],
    entropy: '256',
    seccomp: '2',
    apparmor: 'Y',
    tainted: '0',
    ipForward: '0',
    conntrackMax: '262144',
    'system.serial': [`SER-${index}`, `SER-${index}`],
    'system.uuid': `4c4c4544-0000-4000-8000-0000000000${octet}`,
    'bios.version': '2.1',
    firmware: 'uefi',
    secureBoot: '1',
    tpm: '2',
    bmc: 'ipmi',
    kubeRules: '0',
    dropRules: '0',
    CanNTP: 'yes',
    NTPSynchronized: 'yes',
    rtcSeconds: '1000',
    clockSeconds: '1000',
    activeUnit: 'chrony.service',
  };
}

export function nodeSubject(
  site: Site,
  index: number,
  { told = {}, node: own, subject, peer }: Differences = {},
) {
  const found = site.nodes[index - 1] as SiteNode;
  const node = { ...found, ...own };
  const lines = Object.entries({ ...fitLines(index, found.address), ...told }).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${key} ${one}`),
  );
  const text = `clock 1000000000\n${lines.join('\n')}\nclock 1000000000\n`;
  const survey = parseSurvey(parseFacts(text, 1000, 1000), text);
  const peers = site.nodes
    .filter(({ name }) => name !== node.name)
    .map(
      ({ name, address }): PeerReading => ({
        node: name,
        address,
        timeMs: 0.2,
        lost: 0,
        silentPorts: [],
        whole: 'arrived',
        wholeBytes: nodeLink(survey, found.address)?.mtu ?? 1500,
        ...peer,
      }),
    );
  return {
    site,
    node,
    survey,
    need: { freeMib: 8_000, sizeBytes: 700e6 },
    ours: survey.facts.siteMarker === site.name,
    clock: { skewMs: 3, errorMs: 1 },
    peers: { peers, neighbours: new Map<string, string>() },
    outside: [
      { way: 'tcp', address: '198.51.100.1', word: 'silent' },
      { way: 'dns', address: '198.51.100.1', word: 'silent' },
      { way: 'name', address: '', word: 'unknown' },
    ],
    writes: { by: 'fio', p99Ms: 0.7, count: 10_000 },
    ...subject,
  } satisfies NodeSubject;
}

/** Three fit control planes; the second differs. */
export function siteSubject(differences: Differences = {}, more: Partial<SiteSubject> = {}): SiteSubject {
  const site = more.site ?? sampleSite();
  return {
    site,
    nodes: site.nodes.map((_, index) => nodeSubject(site, index + 1, index === 1 ? differences : {})),
    unreached: [],
    installerNetworks: ['10.77.0.1/24'],
    credentialsMode: 0o600,
    now: new Date('2026-06-01T12:00:00Z'),
    knownChecks: checkTable.filter(({ never }) => never === undefined).map(({ id }) => id),
    ...more,
  };
}
