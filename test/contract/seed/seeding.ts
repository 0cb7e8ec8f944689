import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent, LoadResult } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import type { Patience } from '../../../installer/seed/open-nodes.ts';
import { seed } from '../../../installer/seed/seed.ts';
import type { SeedFailure } from '../../../installer/seed/seed-failures.ts';
import { type SeedBlob, seedBlobs } from '../../../installer/seed/seed-plan.ts';
import type { SeedNode, SeedReport } from '../../../installer/seed/seed-request.ts';
import { unpackAgent } from '../../support/agent-under-test.ts';
import { type ProcessHost, processNode } from '../../support/process-host.ts';

/** Some nodes, each a real agent process with a folder of its own, that can be seeded again and again. */
export class Seeding {
  readonly directory: string;
  readonly names: readonly string[];
  readonly blobs: readonly SeedBlob[];
  readonly #bundle: OpenBundle;
  readonly #agent: ProcessHost['agent'];

  private constructor(
    directory: string,
    names: readonly string[],
    bundle: OpenBundle,
    blobs: readonly SeedBlob[],
    agent: ProcessHost['agent'],
  ) {
    this.directory = directory;
    this.names = names;
    this.blobs = blobs;
    this.#bundle = bundle;
    this.#agent = agent;
  }

  static async create(bundle: OpenBundle, nodes: number): Promise<Seeding> {
    const directory = await mkdtemp(join(tmpdir(), 'seeding-'));
    const names = Array.from({ length: nodes }, (_unused, index) => `n${index + 1}`);
    return new Seeding(directory, names, bundle, await seedBlobs(bundle), await unpackAgent(directory));
  }

  get totalBytes(): number {
    return this.blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  node(name: string): SeedNode {
    return processNode({
      name,
      address: '127.0.0.1',
      directory: join(this.directory, name),
      agent: this.#agent,
    });
  }

  run(
    options: {
      readonly nodes?: readonly SeedNode[];
      readonly maxBytesPerSecond?: number;
      readonly onEvent?: (node: string, event: AgentEvent) => void;
      readonly onLoaded?: (node: string, result: LoadResult) => void;
      readonly signal?: AbortSignal;
      readonly onReport?: (report: SeedReport) => Promise<void>;
      readonly patience?: Patience;
      readonly chains?: number;
      readonly lost?: readonly SeedFailure[];
    } = {},
  ): Promise<SeedReport> {
    return seed({
      bundle: this.#bundle,
      blobs: this.blobs,
      nodes: options.nodes ?? this.names.map((name) => this.node(name)),
      maxBytesPerSecond: options.maxBytesPerSecond ?? 0,
      signal: options.signal ?? new AbortController().signal,
      ...(options.patience === undefined ? {} : { patience: options.patience }),
      chains: options.chains,
      ...(options.lost === undefined ? {} : { lost: options.lost }),
      onEvent: options.onEvent ?? (() => {}),
      onLoaded: options.onLoaded ?? (() => {}),
      onReport: options.onReport ?? (async () => {}),
    });
  }

  /** Blobs that a node does not have whole, judged by its files alone. */
  async missing(name: string): Promise<readonly SeedBlob[]> {
    const folder = join(this.directory, name);
    const store = new SeedStore({
      seedDirectory: join(folder, 'seed'),
      containerdRoot: join(folder, 'containerd'),
    });
    const found = await Promise.all(
      this.blobs.map(({ digest, sizeBytes }) => store.find(digest, sizeBytes, true)),
    );
    return this.blobs.filter((_blob, index) => found[index] === undefined);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
