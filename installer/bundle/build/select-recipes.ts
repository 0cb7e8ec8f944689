import { PerimeterError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Recipe } from '../recipe/load-recipes.ts';

export interface Selection {
  /** What goes into the bundle. */
  readonly wanted: readonly Recipe[];
  /** The wanted ones and the bases they stand on: what has to be built. */
  readonly needed: readonly Recipe[];
}

/** Everything that is not optional. */
export const defaultSet = 'default';

/** Picks recipes by set or by name; with neither, the default set. Raises E_USAGE for a word that no recipe knows. */
export function selectRecipes(
  recipes: readonly Recipe[],
  sets: readonly string[],
  names: readonly string[],
): Selection {
  const knownSets = [defaultSet, ...new Set(recipes.flatMap((recipe) => recipe.body.sets))].toSorted();
  const knownNames = recipes.map((recipe) => recipe.name);
  refuseUnknown('set', sets, knownSets);
  refuseUnknown('artifact', names, knownNames);
  const wanted = recipes.filter((recipe) => {
    const isDefault = (sets.length === 0 && names.length === 0) || sets.includes(defaultSet);
    if (isDefault && recipe.body.optional !== true) return true;
    return names.includes(recipe.name) || recipe.body.sets.some((set) => sets.includes(set));
  });
  const bases = new Set(wanted.map(baseOf));
  const needed = recipes.filter((recipe) => wanted.includes(recipe) || bases.has(recipe.name));
  return { wanted, needed };
}

/** Refuses a name to be made anew that nothing would be done for: E_USAGE. A slip of the keyboard is not passed over in silence. */
export function refuseIdleRefresh(
  recipes: readonly Recipe[],
  needed: readonly Recipe[],
  names: readonly string[],
): void {
  refuseUnknown(
    'artifact',
    names,
    recipes.map((recipe) => recipe.name),
  );
  const idle = names.flatMap((name) => {
    if (recipes.find((recipe) => recipe.name === name)?.body.kind !== 'debian')
      return [`${name} takes no Debian packages: there is nothing to refresh in it`];
    return needed.some((recipe) => recipe.name === name)
      ? []
      : [`${name} is to be refreshed, but is not among what is made`];
  });
  if (idle.length === 0) return;
  throw new PerimeterError('E_USAGE', {
    message: idle.join('\n'),
    hint: 'Name an artifact with packages of Debian (kind: debian) that is made: --refresh NAME, with --set or --only where it is in none of the usual sets.',
  });
}

/** Name of the artifact whose layers lie below this one's. */
export function baseOf(recipe: Recipe): string | undefined {
  return 'image' in recipe.body ? recipe.body.image?.base : undefined;
}

function refuseUnknown(noun: string, words: readonly string[], known: readonly string[]): void {
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length === 0) return;
  throw new PerimeterError('E_USAGE', {
    message: unknown.map((word) => `There is no ${noun} "${word}"${didYouMean(word, known)}`).join('\n'),
    hint: `Known: ${known.join(', ')}`,
  });
}
