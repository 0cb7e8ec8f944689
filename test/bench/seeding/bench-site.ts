import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { containerdPrograms, RealContainerd } from '../../support/real-containerd.ts';
import { ShapedNetwork } from '../../support/shaped-network.ts';

export interface BenchNode {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly directory: string;
  readonly containerd: RealContainerd;
}

/** A shaped network whose nodes each run a containerd of their own on the real disk. */
export class BenchSite {
  readonly network: ShapedNetwork;
  readonly directory: string;
  readonly ctr: string;
  /** 0 where links are not shaped. */
  readonly megabitsPerSecond: number;
  nodes: readonly BenchNode[] = [];

  private constructor(network: ShapedNetwork, directory: string, ctr: string, megabitsPerSecond: number) {
    this.network = network;
    this.directory = directory;
    this.ctr = ctr;
    this.megabitsPerSecond = megabitsPerSecond;
  }

  static async up(directory: string, nodes: number, megabitsPerSecond: number): Promise<BenchSite> {
    await mkdir(directory, { recursive: true });
    const network = await ShapedNetwork.up({ prefix: 'bench', nodes, megabitsPerSecond });
    return new BenchSite(network, directory, (await containerdPrograms()).ctr, megabitsPerSecond);
  }

  /** New, empty nodes, all or so many, and a page cache that knows nothing. */
  async reset(count = this.network.nodes.length): Promise<void> {
    await this.#stop();
    await execa('sync');
    await writeFile('/proc/sys/vm/drop_caches', '3');
    this.nodes = await Promise.all(
      this.network.nodes.slice(0, count).map(async ({ namespace, address }, index) => {
        const name = `n${index + 1}`;
        const directory = join(this.directory, name);
        await mkdir(directory, { recursive: true });
        const containerd = await RealContainerd.start(directory, ['ip', 'netns', 'exec', namespace]);
        return { name, namespace, address, directory, containerd };
      }),
    );
  }

  /** Which nodes have every image whole, judged by ctr. */
  async completeNodes(images: number): Promise<number> {
    const counts = await Promise.all(this.nodes.map(({ containerd }) => containerd.completeImages()));
    return counts.filter((names) => names.length >= images).length;
  }

  async down(): Promise<void> {
    await this.#stop();
    await this.network.down();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ containerd }) => containerd.down('SIGKILL')));
    await Promise.all(this.nodes.map(({ directory }) => rm(directory, { recursive: true, force: true })));
    this.nodes = [];
  }
}
