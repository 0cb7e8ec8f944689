import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type Digest, hexOf } from '../../base/digest.ts';
import { cacheDirectory, readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { contentSize } from '../../oci/assemble.ts';
import { BlobStore } from '../../oci/blob-store.ts';
import type { ImageManifest } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { BundleArtifact } from '../bundle.ts';
import type { StoredAttachment } from '../sbom/attach.ts';
import type { MadeArtifact } from './made-artifact.ts';

/** One artifact as it lies in the cache. */
export interface BuiltArtifact extends Omit<BundleArtifact, 'sets' | 'licence' | 'attachments'> {
  readonly key: Digest;
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  readonly packages?: Readonly<Record<string, string>>;
  /** Of its manifest, where that is not OCI's. */
  readonly manifestType?: string;
  /** What upstream says about it, where it was taken over from a registry. */
  readonly attached?: readonly StoredAttachment[];
  /** Digest of the locked package versions that could not be had when this was made. */
  readonly insteadOf?: Digest;
}

/** How many results of one artifact are kept besides the newest: going back to the last version costs nothing. */
const keptResults = 3;

/** Results of builds by the digest of everything that went in; outside the checkout, shared by all checkouts of a person. */
export class ArtifactCache {
  readonly root: string;
  readonly store: BlobStore;

  constructor(root = cacheDirectory('artifacts')) {
    this.root = root;
    this.store = new BlobStore(root);
  }

  /** The result for a key, or undefined when there is none or a blob of it is gone. */
  async find(name: string, key: Digest): Promise<BuiltArtifact | undefined> {
    const text = await readFileIfThere(this.#recordFile(name, key));
    if (text === undefined) return undefined;
    const record = JSON.parse(text) as BuiltArtifact;
    const blobs = allBlobs(record);
    const sizes = await Promise.all(blobs.map((blob) => this.store.sizeOf(blob.digest)));
    return blobs.every((blob, index) => blob.sizeBytes === sizes[index]) ? record : undefined;
  }

  async keep(name: string, key: Digest, made: MadeArtifact, insteadOf?: Digest): Promise<BuiltArtifact> {
    const { digest, manifest, sizeBytes } = made.assembled;
    const record: BuiltArtifact = {
      name,
      key,
      kind: made.kind,
      digest,
      sizeBytes,
      version: made.version,
      tag: made.tag,
      source: made.source,
      blobs: blobsOf(digest, manifest, sizeBytes),
      ...(manifest.mediaType === mediaTypes.manifest ? {} : { manifestType: manifest.mediaType }),
      ...(made.packages === undefined ? {} : { packages: made.packages }),
      ...(made.attached === undefined ? {} : { attached: made.attached }),
      ...(insteadOf === undefined ? {} : { insteadOf }),
    };
    await writeFileAtomic(this.#recordFile(name, key), canonicalJson(record));
    return record;
  }

  /** What was once attached to an artifact, or undefined when a blob of it is gone. */
  async findAttached(name: string, key: Digest): Promise<readonly StoredAttachment[] | undefined> {
    const text = await readFileIfThere(this.#attachedFile(name, key));
    if (text === undefined) return undefined;
    const { attached, blobs } = JSON.parse(text) as AttachedRecord;
    const sizes = await Promise.all(blobs.map((blob) => this.store.sizeOf(blob.digest)));
    return blobs.every((blob, index) => blob.sizeBytes === sizes[index]) ? attached : undefined;
  }

  async keepAttached(name: string, key: Digest, attached: readonly StoredAttachment[]): Promise<void> {
    const record: AttachedRecord = { attached, blobs: attached.flatMap((one) => one.blobs) };
    await writeFileAtomic(this.#attachedFile(name, key), canonicalJson(record));
  }

  /** Forgets a result that turned out to be damaged, with the blob that showed it. */
  async forget(artifact: BuiltArtifact, blob: Digest): Promise<void> {
    await rm(this.#recordFile(artifact.name, artifact.key), { force: true });
    // What is attached may name the blob as well: it is described anew.
    await rm(this.#folderOf(attachedOf(artifact.name)), { recursive: true, force: true });
    await this.store.remove(blob);
  }

  /** Marks a result as used now: the oldest are removed first. */
  async touch(artifact: BuiltArtifact): Promise<void> {
    const now = new Date();
    await utimes(this.#recordFile(artifact.name, artifact.key), now, now).catch(() => {});
  }

  /** A fresh folder for one build, removed by the caller. */
  async workFolder(name: string): Promise<string> {
    const folder = join(this.root, 'work', `${name}-${crypto.randomUUID().slice(0, 8)}`);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Removes old results and the blobs that no result names. Blobs younger than a day stay: another build may be writing. */
  async prune(now = Date.now()): Promise<number> {
    const used = new Set<string>();
    const records = join(this.root, 'records');
    for (const name of await readdir(records).catch(() => [])) {
      const files = await Promise.all(
        (await readdir(join(records, name))).map(async (file) => {
          const path = join(records, name, file);
          return { path, usedAt: (await stat(path)).mtimeMs };
        }),
      );
      const newestFirst = files.toSorted((a, b) => b.usedAt - a.usedAt);
      for (const [index, { path }] of newestFirst.entries()) {
        if (index > keptResults) await rm(path, { force: true });
        else
          for (const blob of allBlobs(
            JSON.parse((await readFileIfThere(path)) ?? '{"blobs":[]}') as AttachedRecord,
          ))
            used.add(hexOf(blob.digest));
      }
    }
    return await this.#removeUnused(used, now);
  }

  async #removeUnused(used: ReadonlySet<string>, now: number): Promise<number> {
    const day = 86_400_000;
    const folders = ['blobs/sha256', 'chunks', 'work'].map((folder) => join(this.root, folder));
    let freedBytes = 0;
    for (const folder of folders) {
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        if (used.has(name) || found === undefined || now - found.mtimeMs < day) continue;
        freedBytes += found.size;
        await rm(path, { recursive: true, force: true });
      }
    }
    return freedBytes;
  }

  #recordFile(name: string, key: Digest): string {
    return join(this.#folderOf(name), `${hexOf(key)}.json`);
  }

  #attachedFile(name: string, key: Digest): string {
    return this.#recordFile(attachedOf(name), key);
  }

  #folderOf(name: string): string {
    return join(this.root, 'records', name);
  }
}

interface AttachedRecord {
  readonly attached: readonly StoredAttachment[];
  /** Of all of them: what is kept as long as this record is. */
  readonly blobs: BuiltArtifact['blobs'];
}

/** Its own, and those of what is attached to it. */
function allBlobs({
  blobs,
  attached = [],
}: Pick<BuiltArtifact, 'blobs' | 'attached'>): BuiltArtifact['blobs'] {
  return [...blobs, ...attached.flatMap((one) => one.blobs)];
}

/** No artifact can have this name: theirs have no dot. */
function attachedOf(name: string): string {
  return `${name}.attached`;
}

function blobsOf(digest: Digest, manifest: ImageManifest, totalBytes: number): BuiltArtifact['blobs'] {
  const parts = new Map([manifest.config, ...manifest.layers].map((part) => [part.digest, part.size]));
  return [
    { digest, sizeBytes: totalBytes - contentSize(manifest) },
    ...[...parts].map(([of, sizeBytes]) => ({ digest: of, sizeBytes })),
  ];
}
