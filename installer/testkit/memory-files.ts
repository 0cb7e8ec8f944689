import { dirname, resolve } from 'node:path';
import { digestOf } from '../base/digest.ts';
import type { FileStatus, WriteOptions } from '../hosts/host.ts';

export interface MemoryEntry {
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly content: Buffer;
  readonly target?: string;
  mode: number;
  owner: string;
  group: string;
  /** Rises with every change of anything: what a real file system's change time does. */
  stamp: number;
}

const root = (): MemoryEntry => ({
  kind: 'directory',
  content: Buffer.alloc(0),
  mode: 0o755,
  owner: 'root',
  group: 'root',
  stamp: 0,
});

/** A tree of files in memory, with the few rules of a real one that matter here. */
export class MemoryFiles {
  readonly #entries = new Map<string, MemoryEntry>([['/', root()]]);
  #clock = 0;

  /** The entry itself; a symbolic link is not followed. */
  get(path: string): MemoryEntry | undefined {
    return this.#entries.get(path);
  }

  /** The entry that a path leads to. */
  resolve(path: string, hops = 8): MemoryEntry | undefined {
    const entry = this.#entries.get(path);
    if (entry?.kind !== 'symlink' || entry.target === undefined) return entry;
    return hops === 0 ? undefined : this.resolve(resolve(dirname(path), entry.target), hops - 1);
  }

  text(path: string): string | undefined {
    const entry = this.resolve(path);
    return entry?.kind === 'file' ? entry.content.toString('utf8') : undefined;
  }

  /** Puts text into a file, as someone at the machine would: attributes of an existing file stay. */
  edit(path: string, text: string): void {
    const { mode = 0o644, owner = 'root', group = 'root' } = this.resolve(path) ?? {};
    this.write(path, Buffer.from(text), { mode, owner, group });
  }

  write(path: string, content: Buffer, { mode, owner, group }: Required<WriteOptions>): void {
    this.directory(dirname(path));
    this.#put(path, { kind: 'file', content, mode, owner, group });
  }

  link(path: string, target: string): void {
    const content = Buffer.from(target);
    this.#put(path, { kind: 'symlink', content, target, mode: 0o777, owner: 'root', group: 'root' });
  }

  directory(path: string): void {
    if (this.resolve(path)?.kind === 'directory') return;
    if (path !== '/') this.directory(dirname(path));
    this.#put(path, { ...root(), kind: 'directory' });
  }

  attributes(path: string, { mode, owner, group }: WriteOptions): void {
    const entry = this.resolve(path);
    if (entry === undefined) return;
    entry.mode = mode ?? entry.mode;
    entry.owner = owner ?? entry.owner;
    entry.group = group ?? entry.group;
    this.#clock += 1;
    entry.stamp = this.#clock;
  }

  remove(path: string): void {
    for (const known of this.#entries.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#entries.delete(known);
    }
  }

  names(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    const below = [...this.#entries.keys()].filter((known) => known.startsWith(prefix) && known !== '/');
    return below
      .map((known) => known.slice(prefix.length))
      .filter((name) => !name.includes('/'))
      .toSorted();
  }

  status(path: string): FileStatus | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const { kind, mode, owner, group, content, target, stamp } = entry;
    const sizeBytes = content.length;
    return {
      kind,
      mode,
      owner,
      group,
      sizeBytes,
      stamp: String(stamp),
      ...(target === undefined ? {} : { target }),
    };
  }

  /** Everything that can be seen, without the stamps: equal for two machines in the same state. */
  snapshot(): Record<string, string> {
    const seen = [...this.#entries].map(([path, { kind, mode, owner, group, content }]): [string, string] => [
      path,
      `${kind} ${mode.toString(8)} ${owner}:${group} ${inShort(content)}`,
    ]);
    return Object.fromEntries(seen.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Differs after any change, whatever it was. */
  get version(): number {
    return this.#clock * 1_000_000 + this.#entries.size;
  }

  #put(path: string, entry: Omit<MemoryEntry, 'stamp'>): void {
    this.#clock += 1;
    this.#entries.set(path, { ...entry, stamp: this.#clock });
  }
}

/** Nobody reads a megabyte to see a difference. */
function inShort(content: Buffer): string {
  return content.length < 1 << 16 ? content.toString('utf8') : digestOf(content);
}
