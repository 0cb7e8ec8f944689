import { type Events, step } from '../../base/events.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { BuiltArtifact } from './artifact-cache.ts';
import { TimeLeft } from './time-left.ts';

/** Tells how far the making of artifacts is, and how long it should take by the times of earlier runs. */
export class BuildProgress {
  readonly #events: Events;
  readonly #expected: ReadonlyMap<string, number>;
  readonly #left: TimeLeft;
  #done = 0;

  constructor(events: Events, expectedMs: ReadonlyMap<string, number>, workers: number) {
    this.#events = events;
    this.#expected = expectedMs;
    this.#left = new TimeLeft(expectedMs, workers);
    const about = formatDuration(this.#left.at(performance.now()));
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
    this.#left.start(recipe.name, startedAt);
    let failed = true;
    const scope = ['bundle', recipe.name];
    const about = formatDuration(this.#expected.get(recipe.name) ?? 0);
    const title = `Make ${recipe.name} (${recipe.body.kind}, about ${about})`;
    try {
      const artifact = await step(this.#events, scope, title, async () => {
        const made = await make();
        this.#events.emit({ kind: 'note', scope, text: `${made.kind} of ${formatBytes(made.sizeBytes)}` });
        return made;
      });
      failed = false;
      await remember(performance.now() - startedAt);
      return artifact;
    } finally {
      this.#done += 1;
      this.#left.end(recipe.name, performance.now(), failed);
      this.#report();
    }
  }

  #report(): void {
    this.#events.emit({
      kind: 'progress',
      scope: ['bundle'],
      done: this.#done,
      total: this.#expected.size,
      unit: 'steps',
      leftMs: this.#left.at(performance.now()),
    });
  }
}
