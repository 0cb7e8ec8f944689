import type { FileProblem } from '../base/checked-yaml.ts';
import { foreignLetter } from '../base/foreign-letter.ts';
import { didYouMean } from '../base/suggest.ts';
import { nodeRoles, type Site } from '../site/site.ts';
import type { Play } from './playbook.ts';

/** The words that `hosts` of a play may be made of, besides `all`. */
export interface KnownHosts {
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

/** Every role is a group, also one that no node of this site has: a play for it is right, and has nothing to do here. */
export function hostsOfSite({ nodes }: Pick<Site, 'nodes'>): KnownHosts {
  return { names: nodes.map(({ name }) => name), groups: nodeRoles };
}

/** Plays for nobody: they would do nothing, and look like such as have nothing to do. */
export function hostProblems(plays: readonly Play[], known: KnownHosts): readonly FileProblem[] {
  return plays.flatMap(({ name, place, hosts }) => {
    const [, file = place, line] = /^(.*):(\d+)$/.exec(place) ?? [];
    return hosts.flatMap((word): FileProblem[] => {
      const message = hostProblem(word, known);
      if (message === undefined) return [];
      return [{ file, line: Number(line), of: `play "${name}"`, path: ['hosts'], message }];
    });
  });
}

function hostProblem(word: string, { names, groups }: KnownHosts): string | undefined {
  const known = ['all', ...groups, ...names];
  if (known.includes(word)) return undefined;
  if (/[,:!&*~[\]]/.test(word))
    return `"${word}" is a pattern; name nodes and groups in a list: [${known.slice(1, 3).join(', ')}]`;
  const guess =
    didYouMean(word, known) ||
    `; there is ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', ...' : ''}`;
  return `no node and no group is called "${word}"${guess}${foreignLetter(word)}`;
}
