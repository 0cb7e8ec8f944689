import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Site, SiteNode } from '../site/site.ts';

/** The nodes of a site with these names; all of them when none is named. Raises E_USAGE for a name that no node has. */
export function nodesNamed({ nodes }: Pick<Site, 'nodes'>, names: readonly string[]): readonly SiteNode[] {
  const known = nodes.map(({ name }) => name);
  for (const name of names) {
    if (!known.includes(name))
      throw new PerimeterError('E_USAGE', {
        message: `The site has no node ${name}${didYouMean(name, known) || '.'}`,
        hint: `Its nodes: ${known.join(', ')}`,
      });
  }
  return nodes.filter(({ name }) => names.length === 0 || names.includes(name));
}
