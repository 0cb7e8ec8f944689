import { type LoadResult, loadResultSchema } from '../agent/protocol.ts';
import { count, formatDuration } from '../base/units.ts';
import type { OpenedNode } from './open-nodes.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { SeedRequest } from './seed-request.ts';

/**
 * Loading that goes on while a seeding does: a node puts an image into its containerd as soon as the last blob of it is there. What is
 * left to do after the last byte is then one image and not all of them. What a cluster starts with is unpacked as well.
 */
export class LoadingBeside {
  readonly #loads = new Map<string, Promise<void>>();

  readonly #onLoaded: SeedRequest['onLoaded'];

  constructor({ onLoaded }: Pick<SeedRequest, 'onLoaded'>) {
    this.#onLoaded = onLoaded;
  }

  start({ node: { host, images = [] }, session }: OpenedNode): void {
    if (images.length === 0) return;
    const load = session
      .call('load', { images }, loadResultSchema)
      .then((result) => this.#onLoaded?.(host.name, result));
    // Told when it is asked for; a seeding that ends early asks nobody.
    load.catch(() => {});
    this.#loads.set(host.name, load);
  }

  /** Waits until all is loaded and unpacked. Nodes that were not seeded cannot load either, which is no news. */
  async failures(unseeded: readonly SeedFailure[]): Promise<readonly SeedFailure[]> {
    const lost = new Set(unseeded.map(({ node }) => node));
    const found: SeedFailure[] = [];
    for (const [node, load] of this.#loads) {
      if (lost.has(node)) continue;
      await load.catch((error: unknown) => void found.push({ node, error }));
    }
    return found;
  }
}

/** How the blobs of loaded images came into containerd, and how many images are unpacked there. */
export function describeLoad({ adopted, streamed, present, unpacked, unpackMs }: LoadResult): string {
  const blobs = `${count(adopted, 'blob')} adopted, ${streamed} copied, ${present} there already`;
  if (unpacked === 0) return blobs;
  return `${blobs}; ${count(unpacked, 'image')} unpacked, the last ${formatDuration(unpackMs)} after all were loaded`;
}
