import { isDrifted, lookAtNodes, type NodeDrift } from '../actions/drift.ts';
import { planInstall } from '../actions/install.ts';
import { withSite } from '../actions/open-site.ts';
import type { JsonObject } from '../base/json.ts';
import { count } from '../base/units.ts';
import { changeCount, describePlan, isEmpty, type PlanDocument } from '../engine/plan.ts';
import { nodeLines } from './drift-text.ts';
import { bundleOption, exitChangesPending, siteArgument } from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const statusVerb = defineVerb({
  name: 'status',
  summary: 'compare hosts, cluster, registry and Git with what is declared, and name every difference',
  args: [siteArgument],
  options: { bundle: bundleOption },
  examples: [
    {
      command: 'npm run perimeter -- status site/try',
      does: `names each difference; exit code ${exitChangesPending} when there is one`,
    },
  ],
  async run({ args, options, events, signal }) {
    const [siteDirectory = ''] = args;
    const open = {
      siteDirectory,
      bundleFile: options.bundle,
      verb: 'status',
      events,
      signal,
      changes: false,
    };
    const { plan, nodes } = await withSite(open, async (setup) => ({
      plan: await planInstall(setup),
      nodes: await lookAtNodes(setup),
    }));
    const data = { ...plan, nodes } as unknown as JsonObject;
    if (!isDrifted({ plan, nodes })) return { text: `Site ${plan.site.name} is as declared.\n`, data };
    return { text: describeStatus(plan, nodes), data, exitCode: exitChangesPending };
  },
});

/** What differs from what is declared, and what nodes know about changes by hand: since when, and by whom. */
export function describeStatus(plan: PlanDocument, nodes: readonly NodeDrift[]): string {
  const { name } = plan.site;
  const places = count(changeCount(plan), 'place');
  const planned = isEmpty(plan)
    ? []
    : [
        `Site ${name} differs from what is declared in ${places}. What would put it right:\n\n${describePlan(plan)}`,
      ];
  const noticed = nodeLines(nodes);
  const byHand =
    noticed.length === 0 ? [] : [`Site ${name}: changed by hand, as nodes see it.\n${noticed.join('\n')}\n`];
  return [...planned, ...byHand].join('\n');
}
