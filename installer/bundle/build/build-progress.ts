import { type Events, step } from '../../base/events.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { BuiltArtifact } from './artifact-cache.ts';

/** Tells how far the making of artifacts is, and how long it should take by the times of earlier runs. */
export class BuildProgress {
  readonly #events: Events;
  readonly #expected: ReadonlyMap<string, number>;
  #done = 0;

  constructor(events: Events, expectedMs: ReadonlyMap<string, number>, workers: number) {
    this.#events = events;
    this.#expected = expectedMs;
    const times = [...expectedMs.values()];
    const together = times.reduce((sum, ms) => sum + ms, 0) / workers;
    const about = formatDuration(Math.max(together, ...times));
    events.emit({ kind: 'note', scope: ['bundle'], text: `${expectedMs.size} to make, about ${about}` });
    this.#report();
  }

  /** Runs the making of one artifact, tells its start and end, and hands its time on when it went well. */
  async follow(
    recipe: Recipe,
    make: () => Promise<BuiltArtifact>,
    remember: (ms: number) => Promise<void>,
  ): Promise<BuiltArtifact> {
    const startedAt = performance.now();
    const scope = ['bundle', recipe.name];
    const about = formatDuration(this.#expected.get(recipe.name) ?? 0);
    const title = `Make ${recipe.name} (${recipe.body.kind}, about ${about})`;
    try {
      const artifact = await step(this.#events, scope, title, async () => {
        const made = await make();
        this.#events.emit({ kind: 'note', scope, text: `${made.kind} of ${formatBytes(made.sizeBytes)}` });
        return made;
      });
      await remember(performance.now() - startedAt);
      return artifact;
    } finally {
      this.#done += 1;
      this.#report();
    }
  }

  #report(): void {
    const total = this.#expected.size;
    this.#events.emit({ kind: 'progress', scope: ['bundle'], done: this.#done, total, unit: 'steps' });
  }
}
