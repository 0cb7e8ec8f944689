import { createHash } from 'node:crypto';
import type { Recipe } from '../recipe/load-recipes.ts';

export interface Choice {
  readonly count: number;
  /** Any text: the same seed chooses the same artifacts, as long as recipes and times are the same. */
  readonly seed: string;
  /** What all of the chosen may be expected to take together, in ms. */
  readonly budgetMs: number;
  readonly expectedMs: (recipe: Recipe) => number;
}

/**
 * Chooses artifacts to be made again: from every kind of recipe in turn, compiled ones first, in an order that the seed decides,
 * as long as their expected times fit the budget.
 */
export function chooseArtifacts(recipes: readonly Recipe[], choice: Choice): readonly Recipe[] {
  const rank = (name: string): string => createHash('sha256').update(`${choice.seed} ${name}`).digest('hex');
  const shuffled = recipes.toSorted((a, b) => (rank(a.name) < rank(b.name) ? -1 : 1));
  const kinds = [...new Set(['go', ...shuffled.map((recipe) => recipe.body.kind)])];
  const waiting = new Map(kinds.map((kind) => [kind, shuffled.filter((one) => one.body.kind === kind)]));
  const chosen: Recipe[] = [];
  let left = choice.budgetMs;
  for (let tried = true; tried && chosen.length < choice.count; ) {
    tried = false;
    for (const queue of waiting.values()) {
      if (chosen.length === choice.count) break;
      const index = queue.findIndex((recipe) => choice.expectedMs(recipe) <= left);
      const [recipe] = index === -1 ? [] : queue.splice(index, 1);
      if (recipe === undefined) continue;
      left -= choice.expectedMs(recipe);
      chosen.push(recipe);
      tried = true;
    }
  }
  return chosen;
}
