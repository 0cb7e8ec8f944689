import { dirname } from 'node:path';
import { unpackAgent } from '../../support/agent-under-test.ts';
import { driveSeeding } from '../../support/drive-seeding.ts';
import type { DrivenSeeding, DriverLine } from '../../support/seeding-driver.ts';
import type { Arm, ArmResult } from './arm.ts';
import type { BenchSite } from './bench-site.ts';
import { type Corpus, earlierImages } from './corpus.ts';
import { type Fault, victimOf } from './faults.ts';

/** Of the bytes of a version, as the next one has them. */
const changedShare = 0.3;

/** The product's own way: what nodes lack goes along the relay chain and is adopted by containerd as it comes. */
export const chain: Arm = {
  name: 'chain',
  title: 'relay chain, adopted by containerd as it comes',
  bar: { ratio: 1.1, egress: 1.02 },
  run: (site, corpus) => drive(site, corpus),
};

/** The same once more, on nodes that have everything. */
export const warm: Arm = {
  name: 'warm',
  title: 'the same again, everything there',
  bar: { ms: 2000, egress: 0 },
  async prepare(site, corpus) {
    await drive(site, corpus);
  },
  run: (site, corpus) => drive(site, corpus),
};

/** To a newer version of the same images, of which nodes lack a part. */
export const upgrade: Arm = {
  name: 'upgrade',
  title: 'to a version in which 30 % of the bytes are others',
  bar: { ratio: 1.1, egress: 1.02 },
  async prepare(site, corpus) {
    await drive(site, { ...corpus, artifacts: earlierImages(corpus, changedShare).artifacts });
  },
  async run(site, corpus) {
    const { changedBytes } = earlierImages(corpus, changedShare);
    return { ...(await drive(site, corpus)), lackedBytes: changedBytes };
  },
};

/** So many chains, where the source's link carries two with something to spare. */
function fromFastSource(name: string, chains: number, egress: number): Arm {
  return {
    name,
    title: `relay chains from a source on a link of two and a half times the speed: ${chains}`,
    bar: { egress },
    leastNodes: 4,
    prepare: (site) => site.network.setSpeed(0, site.megabitsPerSecond * 2.5),
    run: (site, corpus) => drive(site, corpus, { chains }),
    clear: (site) => site.network.setSpeed(0, site.megabitsPerSecond),
  };
}
export const fastSource: readonly Arm[] = [
  fromFastSource('fast-source', 1, 1.02),
  fromFastSource('two-chains', 2, 2.04),
];

/** The chain when something happens to a node in the middle of it. */
export function disturbed(fault: Fault): Arm {
  const { name, title, bar, isFatal } = fault;
  return {
    name,
    title,
    bar,
    leastNodes: 3,
    lostNodes: isFatal ? 1 : 0,
    run: (site, corpus) => drive(site, corpus, { fault }),
    clear: async (site) => fault.mend?.(site, victimOf(site)),
  };
}

async function drive(
  site: BenchSite,
  corpus: Corpus,
  { fault, chains = 1 }: { readonly fault?: Fault; readonly chains?: number } = {},
): Promise<ArmResult> {
  const victim = site.nodes[victimOf(site) - 1]?.name ?? '';
  if (fault?.share === 0) await fault.strike(site, victimOf(site));
  const strikeAt =
    (fault?.share ?? 0) > 0 ? (fault?.share ?? 0) * corpus.totalBytes : Number.POSITIVE_INFINITY;
  let struck: Promise<void> | undefined;
  const seen = new Seen();
  await driveSeeding(site.network.source.namespace, { ...(await specOf(site, corpus)), chains }, (line) => {
    seen.take(line);
    if (
      'event' in line &&
      line.event === 'progress' &&
      line.node === victim &&
      line.verifiedBytes >= strikeAt
    )
      struck ??= fault?.strike(site, victimOf(site));
  });
  await struck;
  if (Number.isFinite(strikeAt) && struck === undefined) throw new Error(`${fault?.name} never struck`);
  const isExpected = fault?.isFatal === true && seen.error?.includes(victim);
  if (seen.error !== undefined && !isExpected) throw new Error(seen.error);
  return seen.result(fault === undefined ? undefined : { victim, judge: fault.judge });
}

async function specOf(site: BenchSite, corpus: Corpus): Promise<DrivenSeeding> {
  const agent = await unpackAgent(site.directory);
  return {
    artifacts: corpus.artifacts,
    bundleDirectory: corpus.blobDirectory,
    nodes: site.nodes.map(({ name, namespace, address, directory }) => ({
      name,
      namespace,
      address,
      directory,
      agent,
      programs: dirname(site.ctr),
    })),
    maxBytesPerSecond: 0,
    load: true,
  };
}

/** What the driver told, and when. */
class Seen {
  error: string | undefined;
  #startedAt = performance.now();
  readonly #bootAt = new Map<string, number>();
  readonly #wholeAt = new Map<string, number>();
  readonly #loadedAt = new Map<string, number>();
  readonly #verified = new Map<string, number>();
  #report: Extract<DriverLine, { report: unknown }>['report'] | undefined;

  take(line: DriverLine): void {
    const now = performance.now() - this.#startedAt;
    // Making the corpus known to the driver is no part of seeding.
    if ('ready' in line) this.#startedAt = performance.now();
    else if ('error' in line) this.error = [line.error.message, ...line.error.findings].join('; ');
    else if ('loaded' in line) this.#loadedAt.set(line.loaded, now);
    else if ('report' in line) this.#report = line.report;
    else if (line.event === 'progress') {
      if (line.groupsDone > 0 && !this.#bootAt.has(line.node)) this.#bootAt.set(line.node, now);
      if (line.verifiedBytes > (this.#verified.get(line.node) ?? -1)) this.#wholeAt.set(line.node, now);
      this.#verified.set(line.node, line.verifiedBytes);
    }
  }

  result(fault?: { readonly victim: string; judge(others: readonly number[]): number }): ArmResult {
    const others = (times: ReadonlyMap<string, number>): readonly number[] =>
      [...times].filter(([name]) => name !== fault?.victim).map(([, ms]) => ms);
    const judge = fault?.judge ?? ((times: readonly number[]) => Math.max(...times));
    const nodes = this.#report?.nodes ?? [];
    const received = nodes.reduce((sum, { result }) => sum + result.receivedBytes, 0);
    const agentSeconds = nodes.reduce((sum, { result }) => sum + result.cpuSeconds, 0);
    return {
      allMs: judge(others(this.#loadedAt)),
      bootMs: Math.max(0, ...others(this.#bootAt)),
      ...(this.#report === undefined ? {} : { receivedMs: judge(others(this.#wholeAt)) }),
      nodeMs: others(this.#loadedAt),
      peakRssBytes: Math.max(0, ...nodes.map(({ result }) => result.peakRssBytes)),
      blobBytes: this.#report?.sourceSentBytes ?? 0,
      notes: [
        ...(this.#report?.decisions ?? []),
        ...(received === 0 ? [] : [`agents ${(agentSeconds / (received / 1e9)).toFixed(1)} CPU-s/GB`]),
      ],
    };
  }
}
