import type { FrozenReport } from '../hardware/frozen-report.ts';
import type { ModelMatch } from '../hardware/match-model.ts';
import type { Survey } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';

/** What a check can say of one host. `unknown`: the machine does not tell; neither good nor bad. */
export interface Judgement {
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly observed: string;
  /** Where the check's own words are too general. */
  readonly wanted?: string;
  readonly remedy?: string;
}

/** `waived`: found, but accepted in writing. `error`: the check itself broke, and counts like `fail`. */
export type CheckStatus = Judgement['status'] | 'waived' | 'error';

interface CheckWords {
  /** Stable; what waivers and reports name: HW-CPU-01. */
  readonly id: string;
  /** What is looked at: "cores". */
  readonly title: string;
  readonly why: string;
  /** What must hold, with its threshold. */
  readonly wanted: string;
  /** A command to paste, or what to do. */
  readonly remedy: string;
  /** Install refuses a host that fails it. */
  readonly required?: true;
  /** What nobody could find out is refused like what was found bad: a silence must not pass for a proof. */
  readonly mustBeKnown?: true;
  /** Nobody may accept it in writing: the platform cannot work there. */
  readonly never?: 'waived';
}

/** Judges one host by itself. */
export interface NodeCheck extends CheckWords {
  readonly scope: 'node';
  judge(subject: NodeSubject): Judgement;
}

/** Judges hosts side by side, or the site itself: one judgement for each node concerned, or one without a node. */
export interface SiteCheck extends CheckWords {
  readonly scope: 'cross-node' | 'site';
  judge(subject: SiteSubject): readonly PlacedJudgement[];
}

export interface PlacedJudgement extends Judgement {
  readonly node?: string;
}

export type Check = NodeCheck | SiteCheck;

/** What the bundle asks of each node. */
export interface BundleNeed {
  readonly freeMib: number;
  /** Of what goes over the network to a node. */
  readonly sizeBytes: number;
  /** Artifacts with packages of a distribution. */
  readonly packages: readonly string[];
}

export interface NodeSubject {
  readonly site: Site;
  readonly node: SiteNode;
  readonly survey: Survey;
  /** Which model of the catalogue it is. */
  readonly match: ModelMatch;
  readonly need: BundleNeed | undefined;
  /** The host carries this site's marker: what the installer made there is no leftover of somebody else. */
  readonly ours: boolean;
  readonly clock: ClockReading | undefined;
  readonly peers: PeersReading | undefined;
  readonly outside: readonly OutsideAnswer[] | undefined;
  /** What its management controller answers this host; undefined where the inventory names none that could be asked. */
  readonly bmc: readonly BmcAnswer[] | undefined;
  readonly writes: WritesReading | undefined;
}

export interface SiteSubject {
  readonly site: Site;
  /** The nodes that could be looked at. */
  readonly nodes: readonly NodeSubject[];
  readonly unreached: readonly { readonly node: string; readonly error: unknown }[];
  /** Networks of the machine that the installer runs on. */
  readonly installerNetworks: readonly string[];
  readonly credentialsMode: number | undefined;
  /** What the machines were when they were frozen, or why that cannot be believed; undefined when they never were. */
  readonly frozen: { readonly report: FrozenReport } | { readonly problem: string } | undefined;
  readonly now: Date;
  /** Ids that waivers may name. */
  readonly knownChecks: readonly string[];
}

/** The host's clock minus the installer's; true within `errorMs` to both sides. */
export interface ClockReading {
  readonly skewMs: number;
  readonly errorMs: number;
  /** By how much one of the two clocks jumped while it was looked at; undefined when none did. */
  readonly steppedMs?: number;
}

export interface PeersReading {
  readonly peers: readonly PeerReading[];
  /** Address to hardware address, as this host's neighbours table has it. */
  readonly neighbours: ReadonlyMap<string, string>;
}

export interface PeerReading {
  readonly node: string;
  readonly address: string;
  /** Shortest of the round trips. */
  readonly timeMs: number | undefined;
  readonly tries: number;
  /** Of the tries. */
  readonly lost: number;
  /** Ports that nobody answers on, not even with a refusal. */
  readonly silentPorts: readonly number[];
  /** `silent`: not even the small datagram is answered, so nothing is known about the large one. */
  readonly whole: 'arrived' | 'lost' | 'toolong' | 'silent';
  readonly wholeBytes: number;
}

/** How something was tried that must stay silent. */
export type OutsideWay =
  /** A connection, or a question by UDP, to an address outside. */
  | 'tcp'
  | 'dns'
  | 'time'
  /** The host's own resolver, asked for a name that does not exist. */
  | 'name'
  /** A router on the way that says that it was there; `word` is how many routers far. */
  | 'router'
  /** A proxy that the host's settings name, asked for the way to an address outside. */
  | 'proxy'
  /** Not tried: the host has a route of its own there. */
  | 'routed';

export interface OutsideAnswer {
  readonly way: OutsideWay;
  readonly address: string;
  readonly word: string;
  /** Of a router: its own address. */
  readonly by?: string;
}

export interface BmcAnswer {
  /** "TCP 443". */
  readonly port: string;
  readonly word: string;
}

export interface WritesReading {
  /** The program that measured. */
  readonly by: string;
  /** The folder in which was written. */
  readonly place: string;
  /** 99 of 100 writes were safe after at most this time. */
  readonly p99Ms: number;
  readonly count: number;
}
