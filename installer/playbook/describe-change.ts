import type { Difference, ModuleChange } from './module.ts';

const mostDetails = 2;

/** A change in one sentence, with what was found instead: the line that a person reads in plans, status and drift reports. */
export function describeChange({ sentence, differences }: ModuleChange): string {
  const details = differences
    .filter((difference) => tellsMore(difference, sentence))
    .map(({ item, found }) => `${item}: found ${found}`);
  if (details.length === 0) return sentence;
  const more = details.length > mostDetails ? [`and ${details.length - mostDetails} more`] : [];
  return `${sentence} (${[...details.slice(0, mostDetails), ...more].join('; ')})`;
}

/** That something is missing is said by "create" or "install" already. */
function tellsMore({ found }: Difference, sentence: string): boolean {
  return !/^(nothing there|not |none$|no entry|there is no)/.test(found) && !sentence.includes(found);
}
