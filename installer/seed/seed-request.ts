import type { AgentEvent, LoadResult, ReceiveResult, SeedImage } from '../agent/protocol.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { HostHands } from '../hosts/host.ts';
import type { ChainOrder } from './chain-order.ts';
import type { Patience } from './open-nodes.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { SeedBlob } from './seed-plan.ts';

export interface SeedRequest {
  readonly bundle: OpenBundle;
  readonly blobs: readonly SeedBlob[];
  readonly nodes: readonly SeedNode[];
  /** Bytes per second that each peer may send; 0 for no limit. */
  readonly maxBytesPerSecond: number;
  readonly signal: AbortSignal;
  /** Nodes that were lost before there was anything to begin with: named at the end with those that fail. */
  readonly lost?: readonly SeedFailure[];
  readonly patience?: Patience;
  /** How many chains, where the speeds of links are better known than the kernels say. */
  readonly chains?: number | undefined;
  onEvent(node: string, event: AgentEvent): void;
  /** A node has put all of its `images` into its containerd, and unpacked them. */
  onLoaded?(node: string, result: LoadResult): void;
  /** Told how it went, also when nodes failed: before the failure is thrown. */
  onReport?(report: SeedReport): Promise<void>;
}

export interface SeedNode {
  readonly host: HostHands;
  /** What shares a switch with others of the same name. */
  readonly rack?: string;
  /** How the agent is started there. */
  readonly command: readonly string[];
  /** What its containerd, which runs, is to get as it comes, and to unpack. */
  readonly images?: readonly SeedImage[];
}

export interface SeedReport {
  readonly ms: number;
  /** Bytes of blobs that left this machine. */
  readonly sourceSentBytes: number;
  readonly nodes: readonly NodeResult[];
  /** In which order nodes fed each other at first, in how many chains, and why. */
  readonly order: ChainOrder;
  /** What is known of the links before anything was sent. */
  readonly links: KnownLinks;
  /** Nodes that do not have everything, and why. */
  readonly failed: readonly { readonly node: string; readonly why: string }[];
  /** Somebody asked it to stop. */
  readonly interrupted: boolean;
  readonly timeline: readonly TimelineSample[];
  /** What the conductor changed on the way, in words. */
  readonly decisions: readonly string[];
}

export interface KnownLinks {
  /** Of the interfaces of nodes that their kernels tell the speed of. */
  readonly nodeMbits: Readonly<Record<string, number>>;
  /** Of this machine's. */
  readonly sourceMbits?: number | undefined;
  /** What each may send, as the site allows; 0 for no limit. */
  readonly maxBytesPerSecond: number;
}

export interface NodeResult {
  readonly name: string;
  readonly result: ReceiveResult;
}

/** How far one node was at one moment of the seeding. */
export interface TimelineSample {
  readonly atMs: number;
  readonly node: string;
  readonly verifiedBytes: number;
  readonly sentBytes: number;
  readonly groupsDone: number;
  readonly parent: string;
}
