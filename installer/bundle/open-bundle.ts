import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Digest } from '../base/digest.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import type { BlobDescriptor, BundleArtifact, ImageManifest, OpenBundle } from './bundle.ts';
import { factsOfIndex } from './bundle-index.ts';
import { type ImagesLock, lockDifferences } from './images-lock.ts';
import { type BundleSignature, readSignature } from './trust/bundle-signature.ts';
import { type BundleTrust, requireTrusted } from './trust.ts';
import { blobIn, scanLayout } from './verify/scan-layout.ts';
import { type VerifiedLayout, verifyLayout } from './verify/verify-layout.ts';

export interface OpenBundleOptions {
  /** Whose bundles are taken. There is no way around it. */
  readonly trust: BundleTrust;
  /** When given, every artifact must be the one of the lock. */
  readonly lock?: ImagesLock;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

/**
 * Opens a bundle file and verifies all of it: who signed it first, then every byte. Raises E_BUNDLE_MISSING when it cannot be
 * read, E_BUNDLE_UNSIGNED, E_KEY_UNKNOWN or E_KEY_EXPIRED by the signature, E_BUNDLE_DAMAGED with artifact, blob and byte offset
 * of everything that is wrong, E_LOCK_STALE when images.lock names other artifacts. The file stays open
 * until `close`: what is read later is what was verified, even when somebody puts another file in its place.
 */
export async function openBundle(path: string, options: OpenBundleOptions): Promise<OpenBundle> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `The bundle ${path} cannot be read`,
      hint: 'Name the bundle file with --bundle FILE, or build one with: npm run perimeter -- bundle build',
      cause,
    });
  });
  try {
    const events = options.events ?? silentEvents;
    const signature = await readSignature(handle, await scanLayout(handle));
    refuseSigner(path, signature, options.trust);
    const verified = await verifyLayout(
      handle,
      (done, total) =>
        events.emit({ kind: 'progress', scope: ['bundle', 'verify'], done, total, unit: 'bytes' }),
      options.signal,
    );
    refuseDamage(path, verified, signature);
    assertDefect(signature.state === 'signed', 'a bundle without a signature was refused before');
    if (options.lock !== undefined) refuseOtherLock(path, options.lock, verified);
    return new VerifiedBundle(path, handle, verified, signature.vouchers[0] ?? '');
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
  readonly sequence: number;
  readonly signedBy: string;
  readonly artifacts: readonly BundleArtifact[];
  readonly #handle: Handle;
  readonly #verified: VerifiedLayout;
  readonly #byName: ReadonlyMap<string, BundleArtifact>;

  constructor(path: string, handle: Handle, verified: VerifiedLayout, signedBy: string) {
    assertDefect(
      verified.digest !== undefined && verified.index !== undefined,
      'a verified bundle has an index',
    );
    this.path = path;
    this.digest = verified.digest;
    const { version, sequence } = factsOfIndex(verified.index);
    this.version = version;
    this.sequence = sequence;
    this.signedBy = signedBy;
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

function refuseSigner(path: string, signature: BundleSignature, trust: BundleTrust): void {
  if (signature.state === 'absent')
    throw new PerimeterError('E_BUNDLE_UNSIGNED', {
      message: `The bundle ${path} carries no signature: nobody vouches for it`,
      hint: 'Do not use it. Where it was built, build it again, which signs it: npm run perimeter -- bundle build',
    });
  if (signature.state === 'signed') requireTrusted(`The bundle ${path}`, signature.vouchers, trust);
}

function refuseDamage(path: string, verified: VerifiedLayout, signature: BundleSignature): void {
  const problems =
    signature.state === 'damaged' ? [signature.problem, ...verified.problems] : verified.problems;
  if (problems.length === 0) return;
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The bundle ${path} is damaged`,
    hint: 'Carry the file in again and compare it with the original (sha256sum), or build it anew: npm run perimeter -- bundle build',
    findings: problems,
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
