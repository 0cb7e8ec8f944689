import type { BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';

/** What one run of one way of seeding gave. */
export interface ArmResult {
  /** Until every image was whole in containerd on every node that counts. */
  readonly allMs: number;
  /** Until the boot set was on every node; undefined where a way cannot tell. */
  readonly bootMs?: number;
  /** Until every byte was on every node that counts, in containerd or not. */
  readonly receivedMs?: number;
  /** Each node's own time. */
  readonly nodeMs: readonly number[];
  readonly peakRssBytes?: number;
  /** Bytes of blobs that left the source. */
  readonly blobBytes?: number;
  /** Bytes that each node lacked, where that is not the whole corpus. */
  readonly lackedBytes?: number;
  readonly notes?: readonly string[];
}

/** What is asked of an arm. Printed beside what came out; a timing is never a test. */
export interface Bar {
  /** Times the lower bound. */
  readonly ratio?: number;
  readonly ms?: number;
  /** Bytes leaving the source, as a share of the corpus. */
  readonly egress: number;
}

/** One way of bringing the corpus to all nodes. */
export interface Arm {
  readonly name: string;
  readonly title: string;
  readonly bar?: Bar;
  /** Below so many nodes it means nothing. */
  readonly leastNodes?: number;
  /** Nodes that are lost on purpose and have nothing whole in the end. */
  readonly lostNodes?: number;
  /** What may be there before the clock starts: servers, archives. */
  prepare?(site: BenchSite, corpus: Corpus): Promise<void>;
  run(site: BenchSite, corpus: Corpus): Promise<ArmResult>;
  clear?(site: BenchSite): Promise<void>;
}
