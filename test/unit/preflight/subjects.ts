import type { MachineModel } from '../../../installer/hardware/catalogue.ts';
import type { FrozenReport } from '../../../installer/hardware/frozen-report.ts';
import { nodeLink } from '../../../installer/hardware/links.ts';
import { machineReport } from '../../../installer/hardware/machine-report.ts';
import type { NodeSubject, PeerReading, SiteSubject } from '../../../installer/preflight/check.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import type { NodeHardware } from '../../../installer/site/node-hardware.ts';
import type { Site, SiteNode } from '../../../installer/site/site.ts';
import { surveyWith, type ToldLines } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';

/** What differs from a fit server: `key value` lines (undefined: not told), and readings of the probes. */
export interface Differences {
  readonly told?: ToldLines;
  readonly node?: Partial<SiteNode>;
  readonly subject?: Partial<NodeSubject>;
  readonly peer?: Partial<PeerReading>;
}

const origin = { provenance: 'synthetic', source: 'a test' } as const;
const fitModel: MachineModel = {
  slug: 'acme-a1',
  deviceType: 'acme/acme-a1',
  facts: [],
  match: [],
  limits: [{ what: 'cores', min: 2, ...origin }],
  firmware: {
    bios: { approved: ['2.1'], bad: ['1.0'], ...origin },
    bmc: { approved: ['3.88'], bad: [], ...origin },
  },
  file: 'models/acme-a1.yaml',
  type: { manufacturer: 'Acme', model: 'A1', slug: 'acme-a1' },
};

/** What the inventory says of the machine that `surveyWith` tells of. */
export function declaredMachine(index: number): NodeHardware {
  const octet = String(index).padStart(2, '0');
  return {
    identity: { serial: `SER-${index}`, macs: [`02:00:00:00:00:${octet}`] },
    expectModel: 'acme-a1',
    rootDeviceHints: { serialNumber: 'S1' },
    etcdDeviceHints: { minSizeGigabytes: 900 },
    bmc: { address: 'redfish+https://10.99.0.11', credentialRef: 'vault:kv/bmc' },
  };
}

function nodeSubject(site: Site, index: number, { told = {}, node: own, subject, peer }: Differences = {}) {
  const found = site.nodes[index - 1] as SiteNode;
  const node: SiteNode = { ...found, hardware: declaredMachine(index), ...own };
  const survey = surveyWith(told, index, found.address);
  const peers = site.nodes
    .filter(({ name }) => name !== node.name)
    .map(
      ({ name, address }): PeerReading => ({
        node: name,
        address,
        timeMs: 0.2,
        lost: 0,
        tries: 10,
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
    match: { status: 'matched', model: fitModel, scores: [], evidence: [] },
    need: { freeMib: 8_000, sizeBytes: 700e6, packages: ['node-debs'] },
    ours: survey.facts.siteMarker === site.name,
    clock: { skewMs: 3, errorMs: 1 },
    peers: { peers, neighbours: new Map(site.nodes.filter((one) => one !== found).map(neighbourOf)) },
    outside: [
      { way: 'tcp', address: '198.51.100.1', word: 'unreachable' },
      { way: 'tcp', address: '2001:db8::1', word: 'unreachable' },
      { way: 'dns', address: '198.51.100.1', word: 'unreachable' },
      { way: 'name', address: '', word: 'unknown' },
    ],
    bmc: [{ port: 'TCP 443', word: 'silent' }],
    writes: { by: 'fio', place: '/var/lib/etcd', p99Ms: 0.7, count: 10_000 },
    ...subject,
  } satisfies NodeSubject;
}

/** As `surveyWith` gives nodes their hardware addresses. */
function neighbourOf({ name, address }: SiteNode): [string, string] {
  return [address, `02:00:00:00:00:${name.slice(1).padStart(2, '0')}`];
}

function frozenReport(site: Site): FrozenReport {
  const machines = site.nodes.map(({ name }, index) =>
    machineReport(name, nodeSubject(site, index + 1).survey),
  );
  return { kind: 'perimeter.hardware-report/1', site: site.name, at: '2026-05-01T00:00:00Z', machines };
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
    frozen: { report: frozenReport(site) },
    now: new Date('2026-06-01T12:00:00Z'),
    knownChecks: checkTable.filter(({ never }) => never === undefined).map(({ id }) => id),
    ...more,
  };
}
