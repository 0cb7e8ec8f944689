import { describe, expect, it } from 'vitest';
import { refuseIdleRefresh, selectRecipes } from '../../../../installer/bundle/build/select-recipes.ts';
import type { Recipe } from '../../../../installer/bundle/recipe/load-recipes.ts';

const recipe = (name: string, sets: readonly string[], more: object = {}): Recipe =>
  ({ name, body: { kind: 'files', sets, ...more } }) as unknown as Recipe;
const recipes = [
  recipe('pause', ['core']),
  recipe('gitea', ['git'], { image: { base: 'toolbox' } }),
  recipe('toolbox', ['ci']),
  recipe('node-debs-trixie', ['debian-13'], { optional: true }),
];
const wanted = (sets: readonly string[], names: readonly string[] = []): readonly string[] =>
  selectRecipes(recipes, sets, names).wanted.map(({ name }) => name);

describe('which recipes a bundle is made of', () => {
  it('is all that are not optional, unless something is asked for', () => {
    expect(wanted([])).toEqual(['pause', 'gitea', 'toolbox']);
    expect(wanted(['default'])).toEqual(wanted([]));
  });

  it('is what is asked for, by set and by name', () => {
    expect(wanted(['debian-13'])).toEqual(['node-debs-trixie']);
    expect(wanted(['default', 'debian-13'])).toHaveLength(4);
    expect(wanted(['core'], ['gitea'])).toEqual(['pause', 'gitea']);
  });

  it('takes along what the wanted ones stand on', () => {
    const { needed } = selectRecipes(recipes, ['git'], []);
    expect(needed.map(({ name }) => name)).toEqual(['gitea', 'toolbox']);
  });

  it('refuses a word that is no set, with a guess', () => {
    expect(() => wanted(['debian-14'])).toThrow(/There is no set "debian-14".*debian-13/s);
  });
});

describe('what is to be made anew with the packages of today', () => {
  const debs = { name: 'node-debs', body: { kind: 'debian', sets: ['core'] } } as unknown as Recipe;
  const all = [...recipes, debs];

  it.each([
    ['nosuch', /There is no artifact "nosuch"/],
    ['node-dbes', /There is no artifact "node-dbes", did you mean "node-debs"/],
    ['pause', /pause takes no Debian packages/],
  ])('refuses %s, for which nothing would be done', (name, words) => {
    expect(() => refuseIdleRefresh(all, all, [name])).toThrow(words);
  });

  it('refuses one that is not made, and takes one that is', () => {
    expect(() => refuseIdleRefresh(all, recipes, ['node-debs'])).toThrow('not among what is made');
    expect(() => refuseIdleRefresh(all, all, ['node-debs'])).not.toThrow();
  });
});
