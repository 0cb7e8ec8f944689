import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Digest } from '../base/digest.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import type { BlobDescriptor, BundleArtifact, ImageManifest, OpenBundle } from './bundle.ts';
import { factsOfIndex } from './bundle-index.ts';
import { type ImagesLock, lockDifferences } from './images-lock.ts';
import { blobIn } from './verify/scan-layout.ts';
import { type VerifiedLayout, verifyLayout } from './verify/verify-layout.ts';

export interface OpenBundleOptions {
  /** When given, every artifact must be the one of the lock. */
  readonly lock?: ImagesLock;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

/**
 * Opens a bundle file and verifies all of it. Raises E_BUNDLE_MISSING when it cannot be read, E_BUNDLE_DAMAGED with artifact,
 * blob and byte offset of everything that is wrong, E_LOCK_STALE when images.lock names other artifacts. The file stays open
 * until `close`: what is read later is what was verified, even when somebody puts another file in its place.
 */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<OpenBundle> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `The bundle ${path} cannot be read`,
      hint: 'Name the bundle file with --bundle FILE, or build one with: npm run perimeter -- bundle build',
      cause,
    });
  });
  try {
    const events = options.events ?? silentEvents;
    const verified = await verifyLayout(
      handle,
      (done, total) =>
        events.emit({ kind: 'progress', scope: ['bundle', 'verify'], done, total, unit: 'bytes' }),
      options.signal,
    );
    refuseDamage(path, verified);
    if (options.lock !== undefined) refuseOtherLock(path, options.lock, verified);
    return new VerifiedBundle(path, handle, verified);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

class VerifiedBundle implements OpenBundle {
  readonly path: string;
  readonly digest: Digest;
  readonly version: string;
  readonly artifacts: readonly BundleArtifact[];
  readonly #handle: Handle;
  readonly #verified: VerifiedLayout;
  readonly #byName: ReadonlyMap<string, BundleArtifact>;

  constructor(path: string, handle: Handle, verified: VerifiedLayout) {
    assertDefect(
      verified.digest !== undefined && verified.index !== undefined,
      'a verified bundle has an index',
    );
    this.path = path;
    this.digest = verified.digest;
    this.version = factsOfIndex(verified.index).version;
    this.artifacts = verified.artifacts;
    this.#handle = handle;
    this.#verified = verified;
    this.#byName = new Map(verified.artifacts.map((artifact) => [artifact.name, artifact]));
  }

  artifact(name: string): BundleArtifact {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle ${this.path} holds no artifact "${name}"`,
      hint: 'It was built with other sets. Build one that holds it: npm run perimeter -- bundle build',
      findings: [`It holds: ${this.artifacts.map((artifact) => artifact.name).join(', ')}`],
    });
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  async manifest(artifact: BundleArtifact): Promise<ImageManifest> {
    const manifest = this.#verified.manifests.get(artifact.digest);
    assertDefect(manifest !== undefined, `artifact ${artifact.name} of another bundle`);
    return manifest;
  }

  async blobs(artifact: BundleArtifact): Promise<readonly BlobDescriptor[]> {
    const manifest = await this.manifest(artifact);
    const own = blobIn(this.#verified.layout, artifact.digest);
    const parts = new Map([manifest.config, ...manifest.layers].map((part) => [part.digest, part]));
    return [
      { digest: artifact.digest, sizeBytes: own?.sizeBytes ?? 0, mediaType: manifest.mediaType },
      ...[...parts.values()].map(({ digest, size, mediaType }) => ({ digest, sizeBytes: size, mediaType })),
    ];
  }

  readBlob(digest: Digest, offset = 0, length?: number): Readable {
    const file = blobIn(this.#verified.layout, digest);
    assertDefect(file !== undefined, `blob ${digest} is not in the bundle`);
    const end = length === undefined ? file.sizeBytes : Math.min(file.sizeBytes, offset + length);
    if (offset >= end) return Readable.from([]);
    return createReadStream(this.path, {
      fd: this.#handle.fd,
      autoClose: false,
      start: file.offset + offset,
      end: file.offset + end - 1,
      highWaterMark: 1 << 20,
    });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function refuseDamage(path: string, verified: VerifiedLayout): void {
  if (verified.problems.length === 0) return;
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The bundle ${path} is damaged`,
    hint: 'Carry the file in again and compare it with the original (sha256sum), or build it anew: npm run perimeter -- bundle build',
    findings: verified.problems,
  });
}

/** A bundle of some sets or artifacts need not hold the others. */
function refuseOtherLock(path: string, lock: ImagesLock, verified: VerifiedLayout): void {
  assertDefect(verified.index !== undefined, 'a verified bundle has an index');
  const { sets, names } = factsOfIndex(verified.index);
  const isChosen = (artifact: BundleArtifact): boolean =>
    (sets.length === 0 && names.length === 0) ||
    names.includes(artifact.name) ||
    artifact.sets.some((set) => sets.includes(set));
  const expected = lock.artifacts.filter(isChosen);
  const differences = lockDifferences({ ...lock, artifacts: expected }, verified.artifacts, true);
  if (differences.length === 0) return;
  throw new PerimeterError('E_LOCK_STALE', {
    message: `The bundle ${path} does not hold what images.lock asks for`,
    hint: 'Use the bundle that belongs to this version, or build one: npm run perimeter -- bundle build',
    findings: differences,
  });
}
