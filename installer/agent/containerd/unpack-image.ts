import { z } from 'zod';
import { type Digest, isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { jsonOf } from '../../base/json.ts';
import { snapshotLabels } from '../image-labels.ts';
import type { SeedImage } from '../protocol.ts';
import { chainIds } from './chain-ids.ts';
import type { Containerd } from './containerd.ts';
import type { PlacedLayer, Snapshots } from './snapshots.ts';

/** What of an image's configuration says how its layers are stacked. */
const configSchema = z.object({
  rootfs: z.object({
    diff_ids: z.array(z.custom<Digest>((value) => typeof value === 'string' && isDigest(value))),
  }),
});

export interface Unpacking {
  readonly containerd: Containerd;
  readonly snapshots: Snapshots;
  readonly lease: string;
  readonly signal: AbortSignal;
  /** Layers by chain id that are unpacked or are being so: images that share some wait for each other. */
  readonly layers: Map<Digest, Promise<void>>;
}

/**
 * Unpacks a loaded image, layer on layer, as containerd would at its first use, and has its configuration refer to the uppermost, so
 * that the garbage collector keeps them all. What is unpacked already is left as it is. Raises E_CONTAINERD.
 */
export async function unpackImage(image: SeedImage, unpacking: Unpacking): Promise<void> {
  const { containerd, snapshots, layers } = unpacking;
  const placed = placedLayers(image, await containerd.read(image.config));
  for (const layer of placed) {
    const known = layers.get(layer.chainId) ?? unpackLayer(layer, unpacking);
    layers.set(layer.chainId, known);
    await known;
  }
  const top = placed.at(-1)?.chainId;
  if (top === undefined) return;
  await containerd.setContentLabels(image.config.digest, snapshotLabels(snapshots.snapshotter, top));
}

async function unpackLayer(layer: PlacedLayer, { snapshots, lease, signal }: Unpacking): Promise<void> {
  if (await snapshots.has(layer.chainId, signal)) return;
  await snapshots.unpack(layer, { lease, signal });
}

function placedLayers(image: SeedImage, config: Buffer): readonly PlacedLayer[] {
  const diffIds = configSchema.safeParse(jsonOf(config.toString('utf8'))).data?.rootfs.diff_ids;
  if (diffIds?.length !== image.layers.length)
    throw new PerimeterError('E_CONTAINERD', {
      message: `its configuration names ${diffIds?.length ?? 'no'} unpacked layers, its manifest ${image.layers.length}`,
      hint: 'The image was built wrongly: bring a bundle in which it is right.',
    });
  const chain = chainIds(diffIds);
  return image.layers.map((layer, index) => ({
    ...layer,
    diffId: diffIds[index] as Digest,
    chainId: chain[index] as Digest,
    below: chain[index - 1],
  }));
}
