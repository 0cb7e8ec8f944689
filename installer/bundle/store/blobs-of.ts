import type { Digest } from '../../base/digest.ts';
import type { ScannedLayout } from '../verify/scan-layout.ts';

/** Every blob of a layout with its size. */
export function blobsOf(layout: ScannedLayout): { digest: Digest; sizeBytes: number }[] {
  return [...layout.files.values()].flatMap(({ name, sizeBytes }) => {
    const hex = /^blobs\/sha256\/([a-f0-9]{64})$/.exec(name)?.[1];
    return hex === undefined ? [] : [{ digest: `sha256:${hex}` as const, sizeBytes }];
  });
}
