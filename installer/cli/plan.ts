import { planInstall } from '../actions/install.ts';
import { machinesOf } from '../actions/machines-of.ts';
import { withSite } from '../actions/open-site.ts';
import type { JsonObject } from '../base/json.ts';
import { describePlan, isEmpty } from '../engine/plan.ts';
import { savePlan } from '../engine/saved-plan.ts';
import {
  bundleOption,
  downgradeOption,
  exitChangesPending,
  lockOption,
  maxRateOf,
  maxRateOption,
  siteArgument,
} from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const planVerb = defineVerb({
  name: 'plan',
  summary: 'say what install would change, and change nothing',
  args: [siteArgument],
  options: {
    bundle: bundleOption,
    lock: lockOption,
    downgrade: downgradeOption,
    'max-rate': maxRateOption,
    out: {
      type: 'string',
      value: 'FILE',
      summary: 'also save the plan: install --plan FILE then does exactly that, or refuses',
    },
    check: { type: 'boolean', summary: `end with exit code ${exitChangesPending} when changes are pending` },
  },
  examples: [
    {
      command: 'npm run perimeter -- plan site/try --bundle perimeter.tar',
      does: 'prints the changes in sentences',
    },
    {
      command: 'npm run perimeter -- plan site/try --check',
      does: 'for scripts: exit code 0 only when nothing is to do',
    },
  ],
  async run({ args, options, events, signal }) {
    const [siteDirectory = ''] = args;
    const open = {
      siteDirectory,
      bundleFile: options.bundle,
      lockFile: options.lock,
      downgradeFile: options.downgrade,
      maxBytesPerSecond: maxRateOf(options['max-rate']),
      verb: 'plan',
      events,
      signal,
      changes: false,
    };
    const { out } = options;
    const { plan, digest } = await withSite(open, async (setup) => {
      const planned = await planInstall(setup);
      // Which machines it is for is only asked where somebody else may do it, at another time.
      const saved = out === undefined ? undefined : await savePlan(planned, await machinesOf(setup), out);
      return { plan: planned, digest: saved };
    });
    const words =
      digest === undefined
        ? ''
        : `\nSaved to ${out} (${digest}). To do exactly this, on these machines: perimeter install ${siteDirectory} --plan ${out}\n`;
    return {
      text: `${describePlan(plan)}${words}`,
      data: plan as unknown as JsonObject,
      exitCode: options.check && !isEmpty(plan) ? exitChangesPending : 0,
    };
  },
});
