import type { Digest } from '../../base/digest.ts';
import { isPerimeterError } from '../../base/errors.ts';
import { blobPath, tarBytes } from '../../oci/layout-tar.ts';
import { type OciDescriptor, parseManifest } from '../../oci/manifest.ts';
import { layoutIndex } from '../verify/layout-index.ts';
import { type LayoutFile, readLayoutFile, type ScannedLayout } from '../verify/scan-layout.ts';

export interface WantedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface CompleteLayout extends ScannedLayout {
  /** Blobs that the bundle asks for and nobody has, or has in another size. */
  readonly missing: readonly WantedBlob[];
}

/**
 * The layout of a whole bundle out of its own small files and blobs that lie in different places: exactly what its index asks for,
 * in the order of the file. What `find` does not have is left out; verifying the layout then names it.
 */
export function completeLayout(
  own: readonly LayoutFile[],
  find: (wanted: WantedBlob) => LayoutFile | undefined,
): CompleteLayout {
  const files = new Map(own.map((file) => [file.name, file]));
  const missing: WantedBlob[] = [];
  const add = (parts: readonly OciDescriptor[]): LayoutFile[] =>
    [...new Map(parts.map((part) => [part.digest, part.size]))]
      .toSorted(byDigest)
      .flatMap(([digest, sizeBytes]) => {
        if (files.has(blobPath(digest))) return [];
        const file = find({ digest, sizeBytes });
        if (file?.sizeBytes !== sizeBytes) missing.push({ digest, sizeBytes });
        if (file === undefined) return [];
        files.set(blobPath(digest), { ...file, name: blobPath(digest) });
        return [file];
      });
  const manifests = add(layoutIndex({ files })?.value?.manifests ?? []);
  const parts = manifests.flatMap((file) => {
    const manifest = quietly(() => parseManifest(String(readLayoutFile(file)), file.name));
    return manifest === undefined ? [] : [manifest.config, ...manifest.layers];
  });
  add(parts);
  const fileBytes = tarBytes([...files.values()].map(({ sizeBytes }) => sizeBytes));
  return { fileBytes, files, missing };
}

function byDigest([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isPerimeterError(error)) throw error;
    return undefined;
  }
}
