import { install } from '../actions/install.ts';
import { withSite } from '../actions/open-site.ts';
import { count, formatDuration } from '../base/units.ts';
import type { PhaseResult } from '../engine/apply-phases.ts';
import { readSavedPlan } from '../engine/saved-plan.ts';
import {
  bundleOption,
  downgradeOption,
  lockOption,
  maxRateOf,
  maxRateOption,
  siteArgument,
} from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const installVerb = defineVerb({
  name: 'install',
  summary: 'turn the hosts of a site into a GitOps site, or go on where an earlier run stopped',
  args: [siteArgument],
  options: {
    bundle: bundleOption,
    lock: lockOption,
    downgrade: downgradeOption,
    'max-rate': maxRateOption,
    plan: {
      type: 'string',
      value: 'FILE',
      summary: 'do what this saved plan says and nothing else, or refuse (perimeter plan SITE --out FILE)',
    },
  },
  examples: [
    {
      command: 'npm run perimeter -- install site/try --bundle perimeter.tar',
      does: 'installs; safe to stop and to run again',
    },
    {
      command: 'npm run perimeter -- install site/try --plan approved.json',
      does: 'does exactly what was approved, or refuses',
    },
  ],
  async run({ args, options, events, signal, journalLiesAt }) {
    const [siteDirectory = ''] = args;
    const open = {
      siteDirectory,
      bundleFile: options.bundle,
      lockFile: options.lock,
      downgradeFile: options.downgrade,
      maxBytesPerSecond: maxRateOf(options['max-rate']),
      verb: 'install',
      events,
      signal,
      changes: true,
      journalLiesAt,
    };
    // Read before anything is contacted.
    const approved = options.plan === undefined ? undefined : await readSavedPlan(options.plan);
    const results = await withSite(open, (setup) => install(setup, approved));
    return { text: describeResults(results), data: { phases: results.map((result) => ({ ...result })) } };
  },
});

/** Time per phase, and what was done. */
export function describeResults(results: readonly PhaseResult[]): string {
  const applied = results.reduce((sum, result) => sum + result.applied, 0);
  if (applied === 0) return 'Nothing to do: the site is as declared.\n';
  const widest = Math.max(...results.map((result) => result.title.length));
  const lines = results.map(({ title, ms, applied: changes }) => {
    return `  ${title.padEnd(widest)}  ${formatDuration(ms).padStart(12)}  ${changes === 0 ? 'nothing to do' : count(changes, 'change')}`;
  });
  const total = results.reduce((sum, result) => sum + result.ms, 0);
  return `Installed: ${count(applied, 'change')} in ${formatDuration(total)}.\n${lines.join('\n')}\n`;
}
