import { reasonOf } from '../acceptance/run-suite.ts';
import type { Acceptance } from '../actions/accept.ts';
import { accept, acceptSelfTest } from '../actions/accept.ts';
import { withSite } from '../actions/open-site.ts';
import { formatDuration } from '../base/units.ts';
import { bundleOption, siteArgument } from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const acceptVerb = defineVerb({
  name: 'accept',
  summary: 'prove by acceptance checks that the site rolls back, heals drift and keeps its rules',
  args: [siteArgument],
  options: {
    bundle: bundleOption,
    check: {
      type: 'string',
      value: 'ID',
      multiple: true,
      summary: 'run only this item of the checklist; may be given several times',
    },
    'self-test': {
      type: 'boolean',
      summary: 'switch each control off and expect its check to fail (changes the site for a moment)',
    },
  },
  examples: [
    {
      command: 'npm run perimeter -- accept site/try',
      does: 'runs the checklist and writes results.json, junit.xml and report.html',
    },
    { command: 'npm run perimeter -- accept site/try --check RBK-01 --check DRF-01', does: 'runs two items' },
  ],
  async run({ args, options, events, signal, journalLiesAt }) {
    const [siteDirectory = ''] = args;
    const open = {
      siteDirectory,
      bundleFile: options.bundle,
      verb: 'accept',
      events,
      signal,
      changes: true,
      journalLiesAt,
    };
    return withSite(open, async (setup) => {
      if (!options['self-test']) {
        const acceptance = await accept(setup, options.check ?? []);
        return {
          text: describeAcceptance(acceptance),
          exitCode: exitCodeOf(acceptance),
          data: { ...acceptance.suite.counts, report: acceptance.report.directory },
        };
      }
      const outcomes = await acceptSelfTest(setup, options.check ?? []);
      const survivors = outcomes.filter((outcome) => !outcome.killed);
      const lines = outcomes.map(
        ({ id, mutation, killed, status, detail }) =>
          `  ${killed ? 'failed as it must' : `NOT SEEN (${status})`}  ${id}  ${mutation}: ${detail}`,
      );
      return {
        text: `${outcomes.length - survivors.length} of ${outcomes.length} switched-off controls were noticed.\n${lines.join('\n')}\n`,
        exitCode: survivors.length === 0 && outcomes.length > 0 ? 0 : 1,
        data: { outcomes: outcomes.map((outcome) => ({ ...outcome })) },
      };
    });
  },
});

export function exitCodeOf({ suite }: Acceptance): number {
  return suite.counts.fail + suite.counts.error === 0 && suite.counts.pass > 0 ? 0 : 1;
}

export function describeAcceptance({ suite, report }: Acceptance): string {
  const lines = suite.results.map((result) => {
    const reason = result.status === 'pass' ? '' : `\n        ${reasonOf(result)}`;
    return `  ${result.status.padEnd(5)} ${result.id.padEnd(8)} ${result.title} (${formatDuration(result.ms)})${reason}`;
  });
  const { pass, fail, error } = suite.counts;
  return `Acceptance of ${suite.site}: ${pass} passed, ${fail} failed, ${error} broken, in ${formatDuration(suite.ms)}.\n${lines.join('\n')}\nReport: ${report.html}\n`;
}
