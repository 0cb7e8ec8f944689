import { planInstall } from '../actions/install.ts';
import { withSite } from '../actions/open-site.ts';
import type { JsonObject } from '../base/json.ts';
import { count } from '../base/units.ts';
import { changeCount, describePlan, isEmpty } from '../engine/plan.ts';
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
    const plan = await withSite(open, planInstall);
    if (isEmpty(plan))
      return { text: `Site ${plan.site.name} is as declared.\n`, data: plan as unknown as JsonObject };
    const heading = `Site ${plan.site.name} differs from what is declared in ${count(changeCount(plan), 'place')}. What would put it right:`;
    return {
      text: `${heading}\n\n${describePlan(plan)}`,
      data: plan as unknown as JsonObject,
      exitCode: exitChangesPending,
    };
  },
});
