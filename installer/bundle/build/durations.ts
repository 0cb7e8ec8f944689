import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { moduleDirectory } from '../go/compile-module.ts';
import type { Recipe } from '../recipe/load-recipes.ts';

/** How long each artifact took the last time it was really made, in ms: orders the work and tells the time left. */
export class Durations {
  readonly #file: string;
  #known: Record<string, number> = {};

  private constructor(file: string) {
    this.#file = file;
  }

  static async read(cacheRoot: string, name = 'durations.json'): Promise<Durations> {
    const durations = new Durations(join(cacheRoot, name));
    durations.#known = JSON.parse((await readFileIfThere(durations.#file)) ?? '{}') as Record<string, number>;
    return durations;
  }

  /** The time remembered. */
  known(name: string): number | undefined {
    return this.#known[name];
  }

  /** The time remembered, or else a guess: programs with more dependencies take longer. */
  async expectedMs(recipe: Recipe): Promise<number> {
    const known = this.#known[recipe.name];
    if (known !== undefined) return known;
    if (recipe.body.kind === 'debian') return 40_000;
    if (recipe.body.kind === 'mirror') return 20_000;
    if (recipe.body.kind !== 'go') return 3000;
    const folders = new Set(recipe.body.modules.map((module) => moduleDirectory(recipe.directory, module)));
    const sums = await Promise.all(
      [...folders].map(async (folder) => await readFile(join(folder, 'go.sum'), 'utf8').catch(() => '')),
    );
    const lines = sums.reduce((total, text) => total + text.split('\n').length, 0);
    return 5000 + lines * msPerDependency;
  }

  async remember(name: string, ms: number): Promise<void> {
    // Read again: another build may have written meanwhile.
    const latest = JSON.parse((await readFileIfThere(this.#file)) ?? '{}') as Record<string, number>;
    this.#known = { ...latest, ...this.#known, [name]: Math.round(ms) };
    await writeFileAtomic(this.#file, `${JSON.stringify(this.#known)}\n`);
  }
}

/** Two lines of go.sum to a module; measured over the default set on two cores. */
const msPerDependency = 120;
