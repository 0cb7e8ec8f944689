import { acceptDrift, type Drift, findDrift, healDrift, isDrifted } from '../actions/drift.ts';
import { withSite } from '../actions/open-site.ts';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { describeDrift } from './drift-text.ts';
import { bundleOption, exitChangesPending, siteArgument } from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const driftVerb = defineVerb({
  name: 'drift',
  summary:
    'name what was changed by hand on the nodes, below Kubernetes: where, what, since when, by whom; and put it back',
  args: [siteArgument],
  options: {
    bundle: bundleOption,
    heal: { type: 'boolean', summary: 'put everything back, by the plan that is shown without it' },
    accept: {
      type: 'string',
      value: 'REASON',
      summary: 'take what was found for right from now on; the reason goes into the journal of the site',
    },
  },
  examples: [
    {
      command: 'npm run perimeter -- drift site/try',
      does: `names each difference; exit code ${exitChangesPending} when there is one`,
    },
    { command: 'npm run perimeter -- drift site/try --heal', does: 'puts back what was changed' },
    {
      command: 'npm run perimeter -- drift site/try --accept CHG-1042',
      does: 'takes it for right',
    },
  ],
  async run({ args, options, events, signal, journalLiesAt }) {
    const [siteDirectory = ''] = args;
    const { heal, accept } = options;
    if (heal && accept !== undefined)
      throw new PerimeterError('E_USAGE', {
        message: 'What was changed is either put back or accepted, not both.',
        hint: 'Give --heal or --accept REASON.',
      });
    if (accept?.trim() === '')
      throw new PerimeterError('E_USAGE', {
        message: 'Nothing is accepted without a reason.',
        hint: 'Say why, for the journal: --accept "CHG-1042: new key for the night shift"',
      });
    const open = {
      siteDirectory,
      bundleFile: options.bundle,
      verb: 'drift',
      events,
      signal,
      changes: heal || accept !== undefined,
      journalLiesAt,
    };
    const { before, after } = await withSite(open, async (setup) => {
      const found = await findDrift(setup);
      if (!isDrifted(found)) return { before: found, after: found };
      if (heal) return { before: found, after: await healDrift(setup, found) };
      if (accept !== undefined) return { before: found, after: await acceptDrift(setup, found, accept) };
      return { before: found, after: found };
    });
    const act = heal ? 'heal' : accept === undefined ? 'look' : 'accept';
    return {
      text: describeDrift(before, after, act),
      data: { before: asData(before), after: asData(after) },
      exitCode: isDrifted(after) ? exitChangesPending : 0,
    };
  },
});

function asData(drift: Drift): JsonObject {
  return drift as unknown as JsonObject;
}
