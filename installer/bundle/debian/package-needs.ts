import { mapParallel } from '../../base/parallel.ts';
import { step } from '../build/run-step.ts';

/** What a package says of others, in the words of its control file (Debian Policy, chapter 7). */
export interface PackageDependencies {
  readonly name: string;
  /** Pre-Depends and Depends: clauses by commas, alternatives by bars. */
  readonly depends: string;
  readonly provides: string;
}

/** Every package takes a program of its own; all at once would be as many as a set has packages. */
const sideBySide = 8;

/** Out of the .deb files themselves. */
export async function readDependencies(
  what: string,
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly PackageDependencies[]> {
  const format = '--showformat=${Package}\\t${Pre-Depends}, ${Depends}\\t${Provides}\\n';
  const run = step({ what, signal });
  return await mapParallel(files, sideBySide, async (file) => {
    const told = await run`dpkg-deb --show ${format} ${file}`;
    const [name = '', depends = '', provides = ''] = told.split('\t');
    return { name, depends, provides };
  });
}

/**
 * Which packages of a set each of them needs of the same set, sorted. What no package of the set answers is on every system that the
 * set was made for. Of alternatives the first that the set has is taken, as apt does.
 */
export function needsWithin(
  packages: readonly PackageDependencies[],
): ReadonlyMap<string, readonly string[]> {
  const providers = new Map<string, string>();
  for (const { name, provides } of packages)
    for (const provided of clauses(provides).flat())
      if (!providers.has(provided)) providers.set(provided, name);
  for (const { name } of packages) providers.set(name, name);
  return new Map(
    packages.map(({ name, depends }) => {
      const needed = clauses(depends).flatMap((alternatives) => {
        const found = alternatives.find((one) => providers.has(one));
        return found === undefined ? [] : (providers.get(found) ?? []);
      });
      return [name, [...new Set(needed)].filter((one) => one !== name).toSorted()] as const;
    }),
  );
}

/** `libc6 (>= 2.34), a:any | b` becomes [[libc6], [a, b]]. */
function clauses(text: string): string[][] {
  return text
    .split(',')
    .map((clause) =>
      clause
        .split('|')
        .map((alternative) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternative)?.[1] ?? '')
        .filter(Boolean),
    )
    .filter((alternatives) => alternatives.length > 0);
}
