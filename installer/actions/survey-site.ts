import { type Events, step } from '../base/events.ts';
import { count } from '../base/units.ts';
import { openHostPool } from '../hosts/pool.ts';
import { type Survey, surveyHost } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';
import { onEveryNode } from './on-every-node.ts';

export interface SurveyedNode {
  readonly node: SiteNode;
  readonly survey: Survey;
}

/** The long look at the nodes of a site. Raises what keeps any of them from being looked at, all at once. */
export async function surveySite(
  site: Site,
  events: Events,
  only?: (node: SiteNode) => boolean,
): Promise<readonly SurveyedNode[]> {
  const nodes = only === undefined ? site.nodes : site.nodes.filter(only);
  const hosts = openHostPool(site);
  try {
    return await step(events, ['survey'], `Look at ${count(nodes.length, 'host')}`, () =>
      onEveryNode('survey', nodes, async (node) => ({
        node,
        survey: await surveyHost(hosts.hands(node.name)),
      })),
    );
  } finally {
    await hosts.close();
  }
}
