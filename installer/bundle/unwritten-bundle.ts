import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { digestOf } from '../base/digest.ts';
import { DefectError } from '../base/errors.ts';
import type { BlobStore } from '../oci/blob-store.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { BuiltArtifact } from './build/artifact-cache.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { DamagedBlobError } from './write-bundle.ts';

/**
 * What was made, readable as a bundle before there is a file: for proofs that must come first. It is no less sure than a file: a
 * blob that is read whole is held against its digest (DamagedBlobError).
 */
export function unwrittenBundle(
  made: readonly { readonly artifact: BundleArtifact; readonly built: BuiltArtifact }[],
  store: BlobStore,
): OpenBundle {
  const artifacts = made.map((one) => one.artifact);
  const find = (name: string): BundleArtifact => {
    const found = artifacts.find((artifact) => artifact.name === name);
    if (found === undefined) throw new DefectError(`${name} is not among what was made`);
    return found;
  };
  return {
    path: store.root,
    digest: digestOf(artifacts.map((artifact) => artifact.digest).join()),
    version: 'unwritten',
    sequence: 0,
    sizeBytes: artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0),
    signedBy: '',
    artifacts,
    artifact: find,
    has: (name) => artifacts.some((artifact) => artifact.name === name),
    manifest: async ({ digest, name }) =>
      parseManifest(String(await store.read(digest)), `manifest of ${name}`),
    blobs: async ({ name }) => {
      const blobs = made.find((one) => one.artifact.name === name)?.built.blobs ?? [];
      return blobs.map((blob) => ({ ...blob, mediaType: '' }));
    },
    // Whole blobs only: what proofs read. A part could not be held against the digest.
    readBlob: (digest, offset = 0, length) => {
      if (offset > 0 || length !== undefined)
        throw new DefectError('parts of an unwritten bundle are not read');
      return Readable.from(checked(store.stream(digest), digest), { objectMode: false });
    },
    blobPieces: () => {
      throw new DefectError('nothing is sent out of an unwritten bundle');
    },
    close: async () => {},
  };
}

async function* checked(
  blob: AsyncIterable<Buffer>,
  digest: BundleArtifact['digest'],
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of blob) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new DamagedBlobError(digest);
}
