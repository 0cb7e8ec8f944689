import { foreignLetter } from '../base/foreign-letter.ts';
import { didYouMean } from '../base/suggest.ts';
import { wordFor } from './ansible-words.ts';
import { moduleNamed, namesOf, playbookModules } from './modules.ts';

/** What to tell about a key of a task that is neither a keyword nor a module. */
export function unknownWord(key: string, keywords: readonly string[]): string {
  const modules = Object.keys(playbookModules);
  const instead = wordFor(key);
  if (instead !== undefined) return `is not here: ${instead}`;
  const module = moduleNamed(key.split('.').at(-1) ?? '');
  if (module !== undefined) return `unknown key; the module is called ${namesOf(module).join(' or ')}`;
  const guess = didYouMean(key, [...keywords, ...modules]);
  const known = `; modules: ${modules.join(', ')}; other keys: ${keywords.join(', ')}`;
  return `unknown key${guess || (foreignLetter(key) === '' ? known : '')}${foreignLetter(key)}`;
}

/** The same for a key of a play. */
export function unknownPlayWord(key: string, keywords: readonly string[]): string {
  const instead = wordFor(key);
  if (instead !== undefined) return `is not here: ${instead}`;
  if (moduleNamed(key) !== undefined) return 'unknown key; modules stand in the tasks of a play';
  const guess = didYouMean(key, keywords) || `; known here: ${keywords.join(', ')}`;
  return `unknown key${guess}${foreignLetter(key)}`;
}
