import { readdir, readFile } from 'node:fs/promises';

/** Most resident memory that processes had so far, in bytes, by what they are. Looked up in /proc again and again while they run. */
export class PeakMemory {
  readonly #peaks = new Map<string, number>();
  readonly #kinds: Readonly<Record<string, RegExp>>;
  readonly #timer: NodeJS.Timeout;

  /** Kinds of processes by their command lines, arguments parted by spaces. */
  constructor(kinds: Readonly<Record<string, RegExp>>) {
    this.#kinds = kinds;
    this.#timer = setInterval(() => void this.#look(), 500);
  }

  stop(): ReadonlyMap<string, number> {
    clearInterval(this.#timer);
    return this.#peaks;
  }

  async #look(): Promise<void> {
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
      const kind = Object.entries(this.#kinds).find(([, pattern]) => pattern.test(command))?.[0];
      if (kind === undefined) continue;
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
      this.#peaks.set(kind, Math.max(this.#peaks.get(kind) ?? 0, kilobytes * 1024));
    }
  }
}
