import type { Digest } from '../../base/digest.ts';
import { digestOfBlobPath } from '../../oci/layout-tar.ts';
import type { ScannedLayout } from '../verify/scan-layout.ts';

/** Every blob of a layout with its size. */
export function blobsOf(layout: ScannedLayout): { digest: Digest; sizeBytes: number }[] {
  return [...layout.files.values()].flatMap(({ name, sizeBytes }) => {
    const digest = digestOfBlobPath(name);
    return digest === undefined ? [] : [{ digest, sizeBytes }];
  });
}
