import { describe, expect, it } from 'vitest';
import { chooseArtifacts } from '../../../../installer/bundle/rebuild/choose-artifacts.ts';
import type { Recipe } from '../../../../installer/bundle/recipe/load-recipes.ts';

const recipe = (kind: string, number: number): Recipe =>
  ({ name: `${kind}-${number}`, directory: '/none', body: { kind } }) as unknown as Recipe;
const recipes = ['chart', 'go', 'debian', 'npm'].flatMap((kind) => [1, 2, 3, 4].map((n) => recipe(kind, n)));
const minutes = { chart: 0.1, go: 2, debian: 3, npm: 0.1, files: 0.1, mirror: 1 };
const expectedMs = (one: Recipe): number => minutes[one.body.kind] * 60_000;

describe('artifacts that are made again', () => {
  const choose = (seed: string, budgetMinutes = 6, count = 3): string[] =>
    chooseArtifacts(recipes, { seed, count, budgetMs: budgetMinutes * 60_000, expectedMs }).map(
      (one) => one.name,
    );

  it('are the same for the same seed and others for another', () => {
    expect(choose('a')).toEqual(choose('a'));
    const choices = new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => choose(seed).join()));
    expect(choices.size).toBeGreaterThan(3);
  });

  it('are of different kinds, one that is compiled among them', () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const kinds = choose(seed).map((name) => name.split('-')[0]);
      expect(kinds).toHaveLength(3);
      expect(new Set(kinds).size).toBe(3);
      expect(kinds).toContain('go');
    }
  });

  it('fit the time: what takes too long is passed over for what does not', () => {
    expect(choose('a', 1).map((name) => name.split('-')[0])).not.toContain('go');
    expect(choose('a', 1)).toHaveLength(3);
    expect(choose('a', 0.05)).toEqual([]);
    expect(choose('a', 1000, 100)).toHaveLength(recipes.length);
  });
});
