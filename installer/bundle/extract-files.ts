import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { cacheDirectory } from '../base/files.ts';
import { type ReadLayerEntry, readLayer, safePath } from '../oci/read-layer.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';

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
  const links = new Set<string>();
  for (const layer of manifest.layers) {
    for await (const entry of readLayer(bundle.readBlob(layer.digest), layer.mediaType)) {
      await writeEntry(entry, folder, links, `artifact ${artifact.name}`);
    }
  }
}

async function writeEntry(
  { header, content }: ReadLayerEntry,
  folder: string,
  links: Set<string>,
  what: string,
): Promise<void> {
  const path = safePath(header.name, what);
  const target = join(folder, path);
  // A link may lead where only the next link shows that it is outside: nothing is written through one.
  const through = parentsOf(path).find((parent) => links.has(parent));
  if (through !== undefined) throw refused(what, `${path}, which goes through the link ${through}`);
  if (header.type === 'directory') {
    await mkdir(target, { recursive: true });
  } else if (header.type === 'symlink') {
    // Held against the folder as a root of its own: an absolute target would lead elsewhere on this machine.
    const leadsTo = normalize(join(dirname(path), header.linkname));
    if (header.linkname.startsWith('/') || leadsTo.split('/')[0] === '..')
      throw refused(what, `the link ${path} to ${header.linkname}, outside its folder`);
    await mkdir(dirname(target), { recursive: true });
    await symlink(header.linkname, target);
    links.add(path);
  } else if (header.type === 'file') {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(Readable.from(content, { objectMode: false }), createWriteStream(target, { flags: 'wx' }));
    await chmod(target, header.mode & 0o777);
  } else {
    throw refused(what, `${path} of type ${header.type}`);
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function refused(what: string, thing: string): PerimeterError {
  return new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `${what} holds ${thing}`,
    hint: 'Do not use this bundle. Ask where it comes from, and build it anew from its recipes.',
  });
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
