import type { Digest } from '../base/digest.ts';
import type { SeedImage } from './protocol.ts';

/** Labels of an image that the kubelet must never collect: there is no way to pull it back. */
export const imageLabels: Readonly<Record<string, string>> = {
  'io.cri-containerd.image': 'managed',
  'io.cri-containerd.pinned': 'pinned',
};

/** What containerd's garbage collector follows from a manifest to its parts. */
export function referenceLabels(image: SeedImage): Readonly<Record<string, string>> {
  const layers = image.layers.map((layer, index) => [
    `containerd.io/gc.ref.content.l.${index}`,
    layer.digest,
  ]);
  return { 'containerd.io/gc.ref.content.config': image.config.digest, ...Object.fromEntries(layers) };
}

/** What it follows from an image's configuration to its unpacked layers, of which the uppermost refers to those below. */
export function snapshotLabels(snapshotter: string, top: Digest): Readonly<Record<string, string>> {
  return { [`containerd.io/gc.ref.snapshot.${snapshotter}`]: top };
}
