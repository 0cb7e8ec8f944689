import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { cacheDirectory } from '../base/files.ts';
import { type ReadLayerEntry, readLayer } from '../oci/read-layer.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { FolderRules } from './folder-rules.ts';

/**
 * Unpacks a `files` or `chart` artifact on this machine and returns the folder: `<folder>/usr/local/bin/helm`, or for a chart
 * `<folder>/<chart name>/Chart.yaml`. Without `directory` the folder lies in the person's cache, is named by the artifact's
 * digest, and is made only once. Raises E_BUNDLE_DAMAGED for a path or link that leads out of the folder.
 */
export async function extractFiles(
  bundle: OpenBundle,
  artifactName: string,
  directory?: string,
): Promise<string> {
  const artifact = bundle.artifact(artifactName);
  if (artifact.kind !== 'files' && artifact.kind !== 'chart') {
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `Artifact ${artifactName} is of kind ${artifact.kind}: only files and charts can be unpacked here`,
      hint: 'Use the bundle that belongs to this version of the program.',
    });
  }
  const folder = directory ?? cacheDirectory('extracted', hexOf(artifact.digest));
  if (directory === undefined && (await stat(folder).catch(() => undefined)) !== undefined) return folder;
  const partial = `${folder}.${process.pid}-${crypto.randomUUID().slice(0, 8)}.partial`;
  try {
    await mkdir(partial, { recursive: true });
    await unpack(bundle, artifact, partial);
    await moveInto(partial, folder, directory !== undefined);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

async function unpack(bundle: OpenBundle, artifact: BundleArtifact, folder: string): Promise<void> {
  const manifest = await bundle.manifest(artifact);
  const rules = new FolderRules(`Artifact ${artifact.name}`);
  for (const layer of manifest.layers) {
    const what = `Artifact ${artifact.name}, layer ${layer.digest}`;
    for await (const entry of readLayer(bundle.readBlob(layer.digest), layer.mediaType, what))
      await writeEntry(entry, join(folder, rules.pathOf(entry.header)));
  }
}

async function writeEntry({ header, content }: ReadLayerEntry, target: string): Promise<void> {
  if (header.type === 'directory') {
    await mkdir(target, { recursive: true });
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  if (header.type === 'symlink') {
    await symlink(header.linkname, target);
    return;
  }
  await pipeline(Readable.from(content, { objectMode: false }), createWriteStream(target, { flags: 'wx' }));
  await chmod(target, header.mode & 0o777);
}

/** A folder of the caller's own is replaced; in the cache whoever comes first wins, both made the same. */
async function moveInto(partial: string, folder: string, replace: boolean): Promise<void> {
  if (replace) await rm(folder, { recursive: true, force: true });
  try {
    await rename(partial, folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (replace || (code !== 'ENOTEMPTY' && code !== 'EEXIST')) throw error;
  }
}
