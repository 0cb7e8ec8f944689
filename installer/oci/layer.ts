import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type Header, type Pack, pack as tarPack } from 'tar-stream';
import { assertDefect } from '../base/errors.ts';

/** One file, folder or link of a layer. Paths start with `/`. */
export type LayerEntry = LayerEntryPlace & (LayerFile | LayerDirectory | LayerLink);

interface LayerEntryPlace {
  readonly path: string;
  /** Permission bits; default 0644 for files, 0755 for folders. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}
interface LayerFile {
  readonly type: 'file';
  readonly content: Uint8Array | { readonly file: string; readonly sizeBytes: number };
}
interface LayerDirectory {
  readonly type: 'directory';
}
interface LayerLink {
  readonly type: 'link';
  readonly target: string;
}

const epoch = new Date(0);

/**
 * A tar stream that depends on nothing but the entries: sorted by path, every parent folder named once, all times zero, no names
 * of users. `existing` are folders that an earlier layer already brings: they are not named again, so that links stay links.
 */
export function layerTar(
  entries: readonly LayerEntry[],
  existing: ReadonlySet<string> = new Set(),
): Readable {
  const all = withParents(entries, existing);
  const pack = tarPack();
  void writeEntries(pack, all).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return tarStream(pack);
}

/** A tar being written, as one of Node's own streams. */
export function tarStream(pack: Pack): Readable {
  return Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false });
}

/** Entries sorted, each path once, parents before children. */
function withParents(entries: readonly LayerEntry[], existing: ReadonlySet<string>): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    assertDefect(
      entry.path.startsWith('/') && !entry.path.split('/').includes('..'),
      `layer path ${entry.path}`,
    );
    const path = entry.path.replace(/\/+$/, '');
    assertDefect(!byPath.has(path), `layer path ${path} is there twice`);
    if (path !== '') byPath.set(path, { ...entry, path });
  }
  for (const path of byPath.keys()) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at);
      if (!byPath.has(parent) && !existing.has(parent))
        byPath.set(parent, { path: parent, type: 'directory' });
    }
  }
  return [...byPath.values()].toSorted((a, b) => compareText(a.path, b.path));
}

/** Order of bytes, not of a language. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function writeEntries(pack: Pack, entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    const name = entry.path.slice(1);
    const common = { mtime: epoch, uid: entry.uid ?? 0, gid: entry.gid ?? 0 };
    if (entry.type === 'directory') {
      await putTarEntry(pack, { ...common, name: `${name}/`, type: 'directory', mode: entry.mode ?? 0o755 });
    } else if (entry.type === 'link') {
      await putTarEntry(pack, { ...common, name, type: 'symlink', linkname: entry.target, mode: 0o777 });
    } else {
      const header = { ...common, name, type: 'file', mode: entry.mode ?? 0o644 } as const;
      if (entry.content instanceof Uint8Array) {
        await putTarEntry(pack, { ...header, size: entry.content.length }, [entry.content]);
      } else {
        const { file, sizeBytes } = entry.content;
        const chunks = createReadStream(file, { highWaterMark: 1 << 20 });
        await putTarEntry(pack, { ...header, size: sizeBytes }, chunks);
      }
    }
  }
}

type TarHeader = Partial<Header> & Pick<Header, 'name'>;

/** Writes one entry and waits until the tar has taken it. `size` must be the bytes that `content` gives. */
export async function putTarEntry(
  pack: Pack,
  header: TarHeader,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = [],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sink = pack.entry(header, (error) => (error ? reject(error) : resolve()));
  (sink as unknown as NodeJS.EventEmitter).on('error', reject);
  for await (const chunk of content) {
    if (!sink.write(chunk)) await once(sink as unknown as NodeJS.EventEmitter, 'drain');
  }
  sink.end(undefined);
  await promise;
}
