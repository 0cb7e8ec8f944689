import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { execa } from 'execa';
import { chainIds } from '../../../installer/agent/containerd/chain-ids.ts';
import { type Loading, loadImages } from '../../../installer/agent/containerd/load-images.ts';
import type { LoadResult, SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import type { Digest } from '../../../installer/base/digest.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { seedBlobs } from '../../../installer/seed/seed-plan.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { RealContainerd } from '../../support/real-containerd.ts';

const registry = 'registry.contract.internal:30500';

/** Images that have been received and can be loaded. */
interface Received {
  readonly images: readonly SeedImage[];
  readonly store: SeedStore;
  load(options?: Partial<Loading>): Promise<LoadResult>;
}

/** Keys of snapshots with their kinds. */
type Listed = readonly (readonly [string, string])[];

/** A containerd into which images are loaded and unpacked, judged by its own tool and by its files. */
export class RuntimeUnderTest {
  readonly containerd: RealContainerd;
  readonly notes: string[] = [];
  readonly #directory: string;

  private constructor(directory: string, containerd: RealContainerd) {
    this.#directory = directory;
    this.containerd = containerd;
  }

  static async start(): Promise<RuntimeUnderTest> {
    const directory = await mkdtemp(join(tmpdir(), 'unpack-ahead-'));
    return new RuntimeUnderTest(directory, await RealContainerd.start(directory));
  }

  async remove(): Promise<void> {
    await this.containerd.down();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Puts all of these into a seed store. */
  async received(made: readonly MadeArtifact[], { root, socket } = this.containerd): Promise<Received> {
    const bundle = madeBundle(made);
    const images = (await imagePlan(bundle, registry)).map((image) => ({ ...image, unpack: true }));
    const seedDirectory = join(this.#directory, 'seed');
    const store = new SeedStore({ seedDirectory, containerdRoot: root });
    await mkdir(join(seedDirectory, 'blobs', 'sha256'), { recursive: true });
    for (const { digest } of await seedBlobs(bundle))
      await writeFile(store.blobPath(digest), await buffer(bundle.readBlob(digest)));
    const note = (said: string): void => void this.notes.push(said);
    return {
      images,
      store,
      load: (options) => loadImages({ images, store, socket, note, ...options }),
    };
  }

  /** What is unpacked or is being so, as ctr lists it. */
  async snapshots(): Promise<Listed> {
    const { stdout } = await this.containerd.ctr('snapshots', 'ls');
    return stdout
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .map((words) => [words[0] ?? '', words.at(-1) ?? ''] as const)
      .filter(([key]) => key !== '')
      .toSorted();
  }

  /** Files of what is unpacked and what is in them, as a container would see them. */
  async filesOf(chainId: Digest): Promise<Readonly<Record<string, string>>> {
    const target = join(this.#directory, 'mounted');
    await mkdir(target, { recursive: true });
    const view = ['snapshots', 'view', '--target', target, 'looked-at', chainId];
    const { stdout: mount } = await this.containerd.ctr(...view);
    await execa('sh', ['-c', mount]);
    try {
      const found = await readdir(target, { recursive: true, withFileTypes: true });
      const files = found
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map(async (path) => [path.slice(target.length + 1), await readFile(path, 'utf8')] as const);
      return Object.fromEntries(await Promise.all(files));
    } finally {
      await execa('umount', [target]);
      await this.containerd.ctr('snapshots', 'rm', 'looked-at');
    }
  }

  /** Where overlayfs keeps the layers: a folder each, numbered in the order in which it was asked for them, and when it was touched. */
  async folders(): Promise<readonly (readonly [string, number])[]> {
    const parent = join(this.containerd.root, 'io.containerd.snapshotter.v1.overlayfs', 'snapshots');
    const names = (await readdir(parent)).toSorted();
    return Promise.all(names.map(async (name) => [name, (await stat(join(parent, name))).ctimeMs] as const));
  }

  /** Has containerd collect everything that nothing refers to. */
  async collectGarbage(): Promise<void> {
    await this.containerd.ctr('leases', 'create', '--id', 'nudge');
    await this.containerd.ctr('leases', 'rm', '--sync', 'nudge');
  }
}

/** What the snapshots of these layers, the lowest first, are called. */
export function ids(...layers: readonly { readonly diffId?: Digest }[]): readonly Digest[] {
  return chainIds(layers.flatMap(({ diffId }) => diffId ?? []));
}

/** How these are listed when they are unpacked. */
export function committed(...keys: readonly Digest[]): Listed {
  return [...new Set(keys)].map((key) => [key, 'Committed'] as const).toSorted();
}
