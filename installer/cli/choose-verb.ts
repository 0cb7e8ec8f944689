import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import { isGroup, type Verb, type VerbGroup, type VerbLoaders } from './verb.ts';

export type ChosenVerb =
  | { readonly verb: Verb; readonly rest: readonly string[] }
  /** Only the group is named, and its help is wanted. */
  | { readonly verb: undefined; readonly group: VerbGroup; readonly verbs: readonly Verb[] };

/** Finds the verb that the first word names, or the first two: `plan SITE`, `bundle ls FILE`. Raises E_USAGE. */
export async function chooseVerb(words: readonly string[], loaders: VerbLoaders): Promise<ChosenVerb> {
  const [word = '', ...rest] = words;
  const load = loaders[word];
  if (load === undefined) throw unknownVerb(word, Object.keys(loaders), 'perimeter --help');
  const found = await load();
  if (!isGroup(found)) return { verb: found, rest };
  const [second, ...others] = rest;
  if (second === '--help' || second === '-h')
    return {
      verb: undefined,
      group: found,
      verbs: await Promise.all(Object.values(found.verbs).map((one) => one())),
    };
  const known = Object.keys(found.verbs);
  const help = `perimeter ${found.name} --help`;
  if (second === undefined) {
    const message = `perimeter ${found.name}: what to do is missing; one of ${known.join(', ')}.`;
    throw new PerimeterError('E_USAGE', { message, hint: help });
  }
  const verb = await found.verbs[second]?.();
  if (verb === undefined) throw unknownVerb(second, known, help);
  return { verb, rest: others };
}

function unknownVerb(word: string, known: readonly string[], hint: string): PerimeterError {
  const kind = word.startsWith('-') ? 'an option, but the verb comes first' : 'no verb';
  return new PerimeterError('E_USAGE', {
    message: `"${word}" is ${kind}${didYouMean(word, known) || '.'}`,
    hint,
  });
}
