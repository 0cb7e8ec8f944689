import type { BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';

/** What one run of one way of seeding gave. */
export interface ArmResult {
  /** Until every image was whole in containerd on every node. */
  readonly allMs: number;
  /** Until the boot set was on every node; undefined where a way cannot tell. */
  readonly bootMs?: number;
  /** Each node's own time. */
  readonly nodeMs: readonly number[];
  readonly peakRssBytes?: number;
  readonly notes?: readonly string[];
}

/** One way of bringing the corpus to all nodes. */
export interface Arm {
  readonly name: string;
  readonly title: string;
  /** What may be there before the clock starts: servers, archives. */
  prepare?(site: BenchSite, corpus: Corpus): Promise<void>;
  run(site: BenchSite, corpus: Corpus): Promise<ArmResult>;
  clear?(): Promise<void>;
}
