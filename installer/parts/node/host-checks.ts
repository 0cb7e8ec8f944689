import type { HostFacts } from '../../hosts/facts.ts';
import { overlaps } from '../../site/networks.ts';
import type { Site, SiteNode } from '../../site/site.ts';

/** A host that cannot become the node it is meant to be: what was seen, what is wanted, what to do. */
export interface HostFinding {
  readonly check: string;
  readonly observed: string;
  readonly wanted: string;
  readonly remedy: string;
}

/** What the bundle needs on this node's disk, in MiB: blobs in the store, binaries, unpacked layers and room to work. */
export interface DiskNeed {
  readonly freeMib: number;
}

interface CheckInput {
  readonly facts: HostFacts;
  readonly node: SiteNode;
  readonly site: Site;
  readonly disk: DiskNeed;
}

type HostCheck = (input: CheckInput) => HostFinding | readonly HostFinding[] | undefined;

const knownSystems: Readonly<Record<string, readonly string[]>> = { debian: ['12', '13'] };
const clockLimitMs = 5_000;
const portsOfKubernetes = [6443, 2379, 2380, 10250, 10257, 10259, 7443];

const operatingSystem: HostCheck = ({ facts }) => {
  if (knownSystems[facts.os.id]?.includes(facts.os.version) === true) return undefined;
  const wanted = Object.entries(knownSystems)
    .map(([id, versions]) => `${id} ${versions.join(' or ')}`)
    .join(', ');
  return {
    check: 'operating system',
    observed: `${facts.os.id} ${facts.os.version}`,
    wanted,
    remedy: 'Install one of the named systems on this host.',
  };
};

const architecture: HostCheck = ({ facts }) =>
  facts.architecture === 'x86_64'
    ? undefined
    : {
        check: 'architecture',
        observed: facts.architecture,
        wanted: 'x86_64',
        remedy: 'Use an x86-64 server; the bundle holds programs for no other.',
      };

const cores: HostCheck = ({ facts, node }) =>
  atLeast(
    'cores',
    facts.cores,
    node.profile.minimum.cores,
    '',
    `Give the host more cores, or a profile that needs fewer than "${node.profile.name}".`,
  );

const memory: HostCheck = ({ facts, node }) =>
  atLeast(
    'memory',
    facts.memoryMib,
    node.profile.minimum.memoryMib,
    ' MiB',
    `Add memory, or give the node a profile that needs less than "${node.profile.name}".`,
  );

const disk: HostCheck = ({ facts, node, site, disk: need }) =>
  atLeast(
    'free disk in /var/lib',
    facts.diskFreeMib,
    isOurs(facts, site) ? 1024 : Math.max(node.profile.minimum.diskFreeMib, need.freeMib),
    ' MiB',
    'Free the space: du -xh --max-depth=2 /var | sort -h | tail',
  );

function atLeast(
  check: string,
  found: number,
  least: number,
  unit: string,
  remedy: string,
): HostFinding | undefined {
  return found >= least
    ? undefined
    : { check, observed: `${found}${unit}`, wanted: `at least ${least}${unit}`, remedy };
}

const clock: HostCheck = ({ facts }) =>
  Math.abs(facts.clockSkewMs) <= clockLimitMs
    ? undefined
    : {
        check: 'clock',
        observed: `${(facts.clockSkewMs / 1000).toFixed(1)} s ${facts.clockSkewMs > 0 ? 'ahead of' : 'behind'} the installer's machine`,
        wanted: `within ${clockLimitMs / 1000} s`,
        remedy: `Set the clock, and a time server for good: date -u -s @${Math.round(Date.now() / 1000)}`,
      };

const swap: HostCheck = ({ facts }) =>
  facts.swap.length === 0
    ? undefined
    : {
        check: 'swap',
        observed: facts.swap.join(', '),
        wanted: 'none',
        remedy: 'swapoff -a, and remove the swap line from /etc/fstab',
      };

/** A host is ours when its marker names this site. */
function isOurs(facts: HostFacts, site: Site): boolean {
  return facts.siteMarker === site.name;
}

const foreignSite: HostCheck = ({ facts, site }) => {
  const marked = facts.siteMarker;
  if (marked === undefined || marked === site.name) return undefined;
  return {
    check: 'belongs to a site',
    observed: marked,
    wanted: site.name,
    remedy:
      'This host belongs to another site. Install a fresh system on it, or take it out of the inventory.',
  };
};

const foreignKubernetes: HostCheck = ({ facts, site }) => {
  if (isOurs(facts, site) || facts.kubernetesTraces.length === 0) return undefined;
  return {
    check: 'a Kubernetes that is not ours',
    observed: facts.kubernetesTraces.join(', '),
    wanted: 'none',
    remedy:
      'Another Kubernetes lives here. When nobody needs it: kubeadm reset, then rm -rf /etc/kubernetes /var/lib/etcd /var/lib/kubelet',
  };
};

const ports: HostCheck = ({ facts, site }) => {
  if (isOurs(facts, site)) return undefined;
  const { registry, git, secrets } = site.endpoints;
  const taken = [...portsOfKubernetes, registry.port, git.port, secrets.port].filter((port) =>
    facts.listeningPorts.includes(port),
  );
  if (taken.length === 0) return undefined;
  return {
    check: 'ports',
    observed: `in use: ${taken.join(', ')}`,
    wanted: 'free',
    remedy: `See who listens, and stop it: ss -ltnp '( ${taken.map((port) => `sport = :${port}`).join(' or ')} )'`,
  };
};

const routes: HostCheck = ({ facts, site }) => {
  if (isOurs(facts, site)) return undefined;
  const findings: HostFinding[] = [];
  for (const [what, cidr] of [
    ['pod network', site.network.podCidr],
    ['service network', site.network.serviceCidr],
  ] as const) {
    for (const route of facts.routes) {
      if (!overlaps(cidr, route)) continue;
      findings.push({
        check: `${what} ${cidr}`,
        observed: `the host has the route ${route}`,
        wanted: 'no route into it',
        remedy: `Choose another ${what} in site.yaml, or remove the route: ip route del ${route}`,
      });
    }
  }
  return findings;
};

const checks: readonly HostCheck[] = [
  operatingSystem,
  architecture,
  cores,
  memory,
  disk,
  clock,
  swap,
  foreignSite,
  foreignKubernetes,
  ports,
  routes,
];

/** Everything that speaks against this host, all at once; empty when it is fit. */
export function checkHost(input: CheckInput): readonly HostFinding[] {
  return checks.flatMap((check) => check(input) ?? []);
}

export function describeFinding(node: string, finding: HostFinding): string {
  return `${node}: ${finding.check}: ${finding.observed}, wanted ${finding.wanted}. ${finding.remedy}`;
}
