import { type Events, step } from '../base/events.ts';
import { settleParallel } from '../base/parallel.ts';
import { count } from '../base/units.ts';
import { joinFailures } from '../engine/failures.ts';
import { openHostPool } from '../hosts/pool.ts';
import { type Survey, surveyHost } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';

const hostsAtOnce = 32;

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
    return await step(events, ['survey'], `Look at ${count(nodes.length, 'host')}`, async () => {
      const outcomes = await settleParallel(nodes, hostsAtOnce, async (node) => ({
        node,
        survey: await surveyHost(hosts.hands(node.name)),
      }));
      const failures = outcomes.flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [{ target: nodes[index]?.name ?? '', error: outcome.reason }] : [],
      );
      if (failures.length > 0) throw joinFailures('survey', failures);
      return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    });
  } finally {
    await hosts.close();
  }
}
