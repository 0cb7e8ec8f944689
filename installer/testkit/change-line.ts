/**
 * How a world is cut off at a change. `killed`: neither that change nor any later one happens, as when the installer dies.
 * `lost`: it happens and its answer does not arrive; what comes after works again.
 */
export type CutKind = 'killed' | 'lost';

export interface LineChange {
  /** As a person would say it. */
  readonly what: string;
  /** Somebody else makes it and answers: such an answer can be lost. */
  readonly remote: boolean;
}

type Broken = (words: string) => Error;

/** The line through which every change of a world in memory goes, so that the world can be cut off at any of them. */
export class ChangeLine {
  readonly changes: LineChange[] = [];
  /** What goes on in the world by itself after each change: its controllers. */
  react: () => void = () => {};
  #cut: { readonly at: number; readonly kind: CutKind } | undefined;
  #killed = new AbortController();

  /** Aborted from the moment on in which the installer is killed. */
  get signal(): AbortSignal {
    return this.#killed.signal;
  }

  /** The change after `count` more is cut off. */
  cutAfter(count: number, kind: CutKind = 'killed'): void {
    this.#cut = { at: this.changes.length + count, kind };
  }

  /** Whether a cut was announced and has not come yet. */
  get isCutAhead(): boolean {
    return this.#cut !== undefined && !this.#killed.signal.aborted;
  }

  /** No more cuts; the next installer begins. */
  mend(): void {
    this.#cut = undefined;
    this.#killed = new AbortController();
  }

  /** Makes a change of the installer's own machine: it is made, or the installer is dead. */
  async local<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    this.#passOrDie(what, (words) => new Error(words));
    this.changes.push({ what, remote: false });
    return await effect();
  }

  /** Makes a change elsewhere. `broken` is the error of a caller who gets no answer. */
  async remote<T>(what: string, broken: Broken, effect: () => T | Promise<T>): Promise<T> {
    this.#passOrDie(what, broken);
    const isLost = this.#cut?.at === this.changes.length;
    this.changes.push({ what, remote: true });
    const result = await effect();
    this.react();
    if (!isLost) return result;
    this.#cut = undefined;
    throw broken(`the answer was lost: ${what}`);
  }

  #passOrDie(what: string, broken: Broken): void {
    const isHere = this.#cut?.kind === 'killed' && this.#cut.at === this.changes.length;
    if (!isHere && !this.#killed.signal.aborted) return;
    this.#killed.abort(broken(`cut off before: ${what}`));
    throw broken(`cut off before: ${what}`);
  }
}
