import { PerimeterError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Site, SiteNode } from '../../site/site.ts';

/** The nodes that a run is limited to; without a limit all of them. Raises E_USAGE for one that the site does not have. */
export function chosenNodes({ nodes }: Pick<Site, 'nodes'>, limit: readonly string[]): readonly SiteNode[] {
  const known = nodes.map(({ name }) => name);
  for (const name of limit) {
    if (!known.includes(name))
      throw new PerimeterError('E_USAGE', {
        message: `The site has no node ${name}${didYouMean(name, known) || '.'}`,
        hint: `Its nodes: ${known.join(', ')}`,
      });
  }
  return nodes.filter(({ name }) => limit.length === 0 || limit.includes(name));
}
