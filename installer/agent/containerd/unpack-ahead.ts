import { isPerimeterError, messageOf, PerimeterError } from '../../base/errors.ts';
import type { SeedImage } from '../protocol.ts';
import { isNoService } from './connection.ts';
import type { Containerd } from './containerd.ts';
import { Snapshots } from './snapshots.ts';
import { type Unpacking, unpackImage } from './unpack-image.ts';

/** While images still come, a processor is left to what brings them. */
const atOnceBeside = 1;
const atOnceAfter = 2;

export interface UnpackingAhead {
  readonly containerd: Containerd;
  readonly socket: string;
  readonly snapshotter?: string;
  readonly lease: string;
  /** For the person who watches. */
  note?(text: string): void;
}

export interface Unpacked {
  /** Images that stand unpacked. */
  readonly images: number;
  /** What must be told as a failure: E_DISK_FULL, as what does not fit now will not fit at first use, or a defect. */
  readonly failure?: unknown;
  /** How long the unpacking went on when all was loaded. */
  readonly ms: number;
}

export const notUnpacked: Unpacked = { images: 0, ms: 0 };

/** What containerd's CRI unpacks with unless it is told otherwise, and what our configuration of it says. */
const usualSnapshotter = 'overlayfs';

/**
 * Unpacks images behind whoever loads them, so that a cluster finds at its start what it would otherwise wait for. That is a favour: what
 * cannot be unpacked here is announced and left to its first use, where the kubelet says what is wrong with it.
 */
export class UnpackAhead {
  readonly #snapshots: Snapshots;
  readonly #unpacking: Unpacking;
  readonly #note: (text: string) => void;
  readonly #stop = new AbortController();
  readonly #waiting: SeedImage[] = [];
  readonly #running = new Set<Promise<void>>();
  #atOnce = atOnceBeside;
  #offered: Promise<boolean> | undefined;
  #images = 0;
  #failure: unknown;

  constructor({ containerd, socket, snapshotter = usualSnapshotter, lease, note }: UnpackingAhead) {
    this.#snapshots = new Snapshots(socket, snapshotter);
    const signal = this.#stop.signal;
    this.#unpacking = { containerd, snapshots: this.#snapshots, lease, signal, layers: new Map() };
    this.#note = (text) => note?.(text);
  }

  /** Takes an image that is loaded; returns at once. */
  add(image: SeedImage): void {
    this.#waiting.push(image);
    this.#begin();
  }

  /** Nothing more comes: resolves when all that was added is unpacked or given up. */
  async finish(): Promise<Unpacked> {
    const startedAt = performance.now();
    this.#atOnce = atOnceAfter;
    this.#begin();
    await this.#idle();
    return {
      images: this.#images,
      ms: performance.now() - startedAt,
      failure: this.#failure,
    };
  }

  /** Ends what is still going on. Must be called in any case, and before the lease is given back. */
  async stop(): Promise<void> {
    this.#giveUp();
    await this.#idle();
    this.#snapshots.close();
  }

  /** Each that ends may begin another. */
  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #begin(): void {
    while (this.#running.size < this.#atOnce) {
      const image = this.#waiting.shift();
      if (image === undefined) return;
      const running: Promise<void> = this.#unpack(image).finally(() => {
        this.#running.delete(running);
        this.#begin();
      });
      this.#running.add(running);
    }
  }

  #giveUp(): void {
    this.#waiting.length = 0;
    this.#stop.abort();
  }

  async #unpack(image: SeedImage): Promise<void> {
    this.#offered ??= this.#isOffered();
    if (!(await this.#offered)) return;
    try {
      await unpackImage(image, this.#unpacking);
      this.#images += 1;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(image, error);
    }
  }

  /** The smallest question to the snapshotter: whether it has what nobody made. */
  async #isOffered(): Promise<boolean> {
    try {
      await this.#snapshots.has('perimeter', this.#stop.signal);
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#leave('images are', error);
      this.#giveUp();
      return false;
    }
  }

  #fail(image: SeedImage, error: unknown): void {
    const name = image.references.at(-1) ?? image.manifest.digest;
    const mayPass = isPerimeterError(error, 'E_CONTAINERD') && !isDiskFull(error);
    if (mayPass && !isNoService(error)) return this.#leave(`${name} is`, error);
    if (mayPass) this.#leave(`${name} and what comes after it are`, error);
    else this.#failure = isDiskFull(error) ? diskFull(name, error) : error;
    this.#giveUp();
  }

  #leave(what: string, error: unknown): void {
    this.#note(`${what} not unpacked ahead but at first use: ${messageOf(error)}`);
  }
}

/** containerd passes on the system's own words, and no code of its own. */
function isDiskFull(error: unknown): boolean {
  return /no space left on device|disk quota exceeded/i.test(messageOf(error));
}

function diskFull(name: string, error: unknown): PerimeterError {
  return new PerimeterError('E_DISK_FULL', {
    message: `There is no room to unpack ${name}: ${messageOf(error)}`,
    hint: 'Make room on the file system of containerd on this node, and run the same command again. What was loaded is kept.',
    cause: error,
  });
}
