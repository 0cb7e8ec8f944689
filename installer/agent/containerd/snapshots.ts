import { randomBytes } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { SeedLayer } from '../protocol.ts';
import { type CallOptions, call, type ServiceClient, serviceClient } from './connection.ts';
import { diffDescriptor, snapshotsDescriptor } from './descriptors.ts';

/** Longer than a layer of some gigabytes takes on a slow disk. */
const applyMs = 10 * 60_000;

/** A layer and its place in an image. */
export interface PlacedLayer extends SeedLayer {
  /** Digest of the layer's tar, which no compressor can change. */
  readonly diffId: Digest;
  /** What the snapshot is called: this layer on those below. */
  readonly chainId: Digest;
  /** The same of the layer below; absent for the lowest. */
  readonly below: Digest | undefined;
}

type Leased = Pick<CallOptions, 'signal'> & { readonly lease: string };

/** Unpacked layers as one of containerd's snapshotters keeps them, over its socket. */
export class Snapshots {
  readonly snapshotter: string;
  readonly #snapshots: ServiceClient;
  readonly #diff: ServiceClient;

  constructor(socket: string, snapshotter: string) {
    this.snapshotter = snapshotter;
    this.#snapshots = serviceClient(
      snapshotsDescriptor,
      'containerd.services.snapshots.v1.Snapshots',
      socket,
    );
    this.#diff = serviceClient(diffDescriptor, 'containerd.services.diff.v1.Diff', socket);
  }

  async has(key: string, signal?: AbortSignal): Promise<boolean> {
    const { snapshotter } = this;
    const options = { expect: 'not-found', ...(signal === undefined ? {} : { signal }) } as const;
    return (await call(this.#snapshots, 'Stat', { snapshotter, key }, options)) !== undefined;
  }

  /**
   * Unpacks a layer over the one below. Whatever happens, nothing half unpacked stays behind. Raises E_CONTAINERD when the layer cannot
   * be unpacked, or when what comes out is not what the image's configuration says.
   */
  async unpack(layer: PlacedLayer, leased: Leased): Promise<void> {
    const { snapshotter } = this;
    const { chainId, diffId, below } = layer;
    // The form by which snapshotters tell what is being unpacked from what a container writes to.
    const key = `extract-perimeter-${randomBytes(6).toString('hex')} ${chainId}`;
    let committed: unknown;
    try {
      const prepared = await call<{ mounts: readonly object[] }>(
        this.#snapshots,
        'Prepare',
        { snapshotter, key, parent: below ?? '', labels: { 'containerd.io/snapshot.ref': chainId } },
        { ...leased, expect: 'exists' },
      );
      // Somebody else has unpacked it since it was looked for.
      if (prepared === undefined) return;
      const applied = await this.#apply(layer, prepared.mounts, leased);
      if (applied !== diffId) throw notWhatIsSaid(layer, applied);
      const commit = { snapshotter, name: chainId, key };
      committed = await call(this.#snapshots, 'Commit', commit, { ...leased, expect: 'exists' });
    } finally {
      // What cannot be removed now is collected when the lease ends.
      if (committed === undefined)
        await call(this.#snapshots, 'Remove', { snapshotter, key }, { expect: 'not-found' }).catch(() => {});
    }
  }

  async #apply(
    { digest, mediaType, sizeBytes }: SeedLayer,
    mounts: readonly object[],
    leased: Leased,
  ): Promise<string | undefined> {
    const request = { diff: { mediaType, digest, size: sizeBytes }, mounts };
    const options = { ...leased, timeoutMs: applyMs };
    const answer = await call<{ applied: { digest: string } }>(this.#diff, 'Apply', request, options);
    return answer?.applied.digest;
  }

  close(): void {
    for (const client of [this.#snapshots, this.#diff]) client.close();
  }
}

function notWhatIsSaid({ digest, diffId }: PlacedLayer, applied: string | undefined): PerimeterError {
  return new PerimeterError('E_CONTAINERD', {
    message: `layer ${digest} unpacks to ${applied}, but the image's configuration says ${diffId}`,
    hint: 'The image was built wrongly: bring a bundle in which it is right.',
  });
}
