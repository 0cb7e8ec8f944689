import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { BlobStore } from '../../oci/blob-store.ts';
import { compareText } from '../../oci/layer.ts';
import type { OciDescriptor } from '../../oci/manifest.ts';
import { readLayer, safePath } from '../../oci/read-layer.ts';
import { type DebianPackage, installedDebianPackages, licencesOfCopyright } from './debian-status.ts';
import { type GoBuildInfo, readGoBuildInfo } from './go-build-info.ts';

/** A plain file of an artifact. */
export interface ScannedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha1: string;
  readonly sha256: string;
  readonly go?: GoBuildInfo;
}

export interface ScannedContents {
  /** Sorted by path; the files of Debian packages are not among them, for the packages stand for them. */
  readonly files: readonly ScannedFile[];
  readonly debian: readonly DebianPackage[];
}

const copyrightFile = /^usr\/share\/doc\/([^/]+)\/copyright$/;
/** Programs longer than this are not looked into; the longest of today's has a tenth of it. */
const longestProgram = 1 << 30;

interface Entry {
  readonly file: ScannedFile;
  /** True for a file that came with a layer of Debian packages. */
  readonly packaged: boolean;
}

/** What lies in the layers of an artifact when they are put over each other, lowest first. */
export async function scanLayers(
  store: BlobStore,
  layers: readonly OciDescriptor[],
  what: string,
): Promise<ScannedContents> {
  const entries = new Map<string, Entry>();
  let debian: readonly DebianPackage[] = [];
  for (const layer of layers) {
    const found = await scanLayer(store, layer, what);
    for (const gone of found.removed) removeBelow(entries, gone);
    for (const file of found.files) entries.set(file.path, { file, packaged: found.debian !== undefined });
    debian = found.debian ?? debian;
  }
  const files = [...entries.values()].filter((entry) => !entry.packaged).map((entry) => entry.file);
  return { files: files.toSorted((a, b) => compareText(a.path, b.path)), debian };
}

interface ScannedLayer {
  readonly files: readonly ScannedFile[];
  /** Paths that this layer takes away from those below it. */
  readonly removed: readonly string[];
  readonly debian: readonly DebianPackage[] | undefined;
}

async function scanLayer(store: BlobStore, layer: OciDescriptor, what: string): Promise<ScannedLayer> {
  const files: ScannedFile[] = [];
  const removed: string[] = [];
  const licences = new Map<string, readonly string[]>();
  let status: string | undefined;
  for await (const { header, content } of readLayer(
    store.stream(layer.digest),
    layer.mediaType,
    `${what}, layer ${layer.digest}`,
  )) {
    const path = safePath(header.name, what);
    const name = posix.basename(path);
    if (name === '.wh..wh..opq') removed.push(posix.dirname(path));
    else if (name.startsWith('.wh.')) removed.push(posix.join(posix.dirname(path), name.slice(4)));
    else if (header.type === 'file') {
      const copyright = copyrightFile.exec(path)?.[1];
      const keep = copyright !== undefined || path === 'var/lib/dpkg/status';
      const { file, text } = await readFile(path, content, keep);
      files.push(file);
      if (copyright !== undefined) licences.set(copyright, licencesOfCopyright(text));
      else if (keep) status = text;
    }
  }
  const debian = status === undefined ? undefined : installedDebianPackages(status, licences);
  return { files, removed, debian };
}

async function readFile(
  path: string,
  content: AsyncIterable<Buffer>,
  keep: boolean,
): Promise<{ file: ScannedFile; text: string }> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  const kept: Buffer[] = [];
  let sizeBytes = 0;
  let isProgram: boolean | undefined;
  for await (const chunk of content) {
    isProgram ??= chunk.subarray(0, 4).toString('latin1') === '\x7fELF';
    sha1.update(chunk);
    sha256.update(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > longestProgram) kept.length = 0;
    else if (isProgram || keep) kept.push(chunk);
  }
  const bytes = Buffer.concat(kept);
  const go = isProgram === true ? readGoBuildInfo(bytes) : undefined;
  const file = { path, sizeBytes, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
  return { file: go === undefined ? file : { ...file, go }, text: keep ? bytes.toString() : '' };
}

function removeBelow(entries: Map<string, Entry>, gone: string): void {
  for (const path of entries.keys()) {
    if (path === gone || gone === '.' || path.startsWith(`${gone}/`)) entries.delete(path);
  }
}
