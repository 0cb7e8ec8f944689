import { type Events, step } from '../../base/events.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { BuiltArtifact } from './artifact-cache.ts';

/** Tells how far the making of artifacts is, and how long it will still take by the times of earlier runs. */
export class BuildProgress {
  readonly #events: Events;
  readonly #expected: ReadonlyMap<string, number>;
  readonly #workers: number;
  readonly #startedAt = new Map<string, number>();
  readonly #done = new Set<string>();

  constructor(events: Events, expectedMs: ReadonlyMap<string, number>, workers: number) {
    this.#events = events;
    this.#expected = expectedMs;
    this.#workers = workers;
    const text = `${expectedMs.size} to make, about ${formatDuration(this.#timeLeftMs())}`;
    events.emit({ kind: 'note', scope: ['bundle'], text });
    this.#report();
  }

  /** Runs the making of one artifact, tells its start and end, and hands its time on when it went well. */
  async follow(
    recipe: Recipe,
    make: () => Promise<BuiltArtifact>,
    remember: (ms: number) => Promise<void>,
  ): Promise<BuiltArtifact> {
    const startedAt = performance.now();
    this.#startedAt.set(recipe.name, startedAt);
    const about = formatDuration(this.#expected.get(recipe.name) ?? 0);
    try {
      const title = `Make ${recipe.name} (${recipe.body.kind}, about ${about})`;
      const artifact = await step(this.#events, ['bundle', recipe.name], title, async () => {
        const made = await make();
        this.#events.emit({
          kind: 'note',
          scope: ['bundle', recipe.name],
          text: `${made.kind} of ${formatBytes(made.sizeBytes)}`,
        });
        return made;
      });
      await remember(performance.now() - startedAt);
      return artifact;
    } finally {
      this.#done.add(recipe.name);
      this.#report();
    }
  }

  #report(): void {
    this.#events.emit({
      kind: 'progress',
      scope: ['bundle'],
      done: this.#done.size,
      total: this.#expected.size,
      unit: 'steps',
    });
  }

  #timeLeftMs(): number {
    const now = performance.now();
    const open = [...this.#expected].filter(([name]) => !this.#done.has(name));
    const rest = open.map(([name, ms]) => {
      const startedAt = this.#startedAt.get(name);
      return startedAt === undefined ? ms : Math.max(0, ms - (now - startedAt));
    });
    const together = rest.reduce((sum, ms) => sum + ms, 0) / this.#workers;
    return Math.max(together, ...rest, 0);
  }
}
