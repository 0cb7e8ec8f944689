import { type CheckSiteOptions, checkSite } from '../actions/check-site.ts';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { didYouMean } from '../base/suggest.ts';
import { formatDuration } from '../base/units.ts';
import type { Check } from '../preflight/check.ts';
import { checkTable } from '../preflight/check-table.ts';
import { blocking } from '../preflight/judge-site.ts';
import { countStatuses, describeResults } from '../preflight/report.ts';
import { siteArgument } from './site-arguments.ts';
import { defineVerb, type Verb, type VerbResult } from './verb.ts';

/** A check refused; nothing was changed. */
const exitRefused = 3;

const options = {
  bundle: {
    type: 'string',
    value: 'FILE',
    summary: 'judge disk and time by this bundle; default: by images.lock',
  },
  quick: { type: 'boolean', summary: 'leave out measuring how fast the disks write' },
  all: {
    type: 'boolean',
    summary: 'show also what passed, and what the machines do not tell, with the reason',
  },
  list: { type: 'boolean', summary: 'list the checks, and contact nothing' },
  explain: { type: 'string', value: 'ID', summary: 'say all about one check, and contact nothing' },
} as const;

/** On hosts over SSH, or on others for a test. */
export const checkVerbOn = (openHosts: CheckSiteOptions['openHosts']): Verb =>
  defineVerb({
    name: 'check',
    summary: 'look at every host and name all that is unfit, each with its remedy; changes nothing',
    description:
      'Every check is one of: pass, warn, fail, unknown (the machine does not tell: neither good nor bad), error (the check itself broke),\n' +
      'waived (accepted in writing in SITE/waivers.yaml, with reason, ticket and last day). Exit code 3 when anything failed, or when nobody\n' +
      'could find out what must be known (NET-05: no way out).',
    args: [{ ...siteArgument, optional: true }],
    options,
    examples: [
      { command: 'npm run perimeter -- check site/try', does: 'prints everything that is unfit, at once' },
      {
        command: 'npm run perimeter -- check site/try --all --quick',
        does: 'prints every result, without measuring disks',
      },
      {
        command: 'npm run perimeter -- check --explain HW-DSK-05',
        does: 'says why a check is there and what to do',
      },
    ],
    async run({ args: [siteDirectory], options: given, events, signal }) {
      if (given.explain !== undefined) return explain(given.explain);
      if (given.list) return list();
      if (siteDirectory === undefined) {
        throw new PerimeterError('E_USAGE', {
          message: 'perimeter check: SITE is missing.',
          hint: 'Name the site folder: perimeter check site/try. Without one: perimeter check --list',
        });
      }
      const { bundle, quick, all } = given;
      const { site, results, ms } = await checkSite({
        siteDirectory,
        bundleFile: bundle,
        quick,
        events,
        signal,
        ...(openHosts === undefined ? {} : { openHosts }),
      });
      const refused = blocking(results);
      const end =
        refused.length === 0 ? 'Nothing speaks against installing.' : 'The site is not fit to be installed.';
      return {
        text: `${describeResults(results, all)}\n${end} Looked at in ${formatDuration(ms)}; nothing was changed.\n`,
        data: {
          site: site.name,
          fit: refused.length === 0,
          ms: Math.round(ms),
          counts: countStatuses(results),
          results: results as unknown as readonly JsonObject[],
        },
        exitCode: refused.length === 0 ? 0 : exitRefused,
      };
    },
  });

export const checkVerb = checkVerbOn(undefined);

function effectOf({ required, mustBeKnown }: Check): string {
  if (!required) return 'told, but install goes on';
  return `install refuses a host that fails it${mustBeKnown ? ', or of which nobody knows' : ''}`;
}

function list(): VerbResult {
  const widest = Math.max(...checkTable.map(({ id }) => id.length));
  const lines = checkTable.map(
    ({ id, title, wanted, required }) =>
      `${id.padEnd(widest)}  ${required ? 'install' : '       '}  ${title}: ${wanted}`,
  );
  return {
    text: `${lines.join('\n')}\n${checkTable.length} checks; those with "install" refuse an installation.\n`,
    data: { checks: checkTable.map(({ judge: _judge, ...words }) => ({ ...words })) },
  };
}

function explain(id: string): VerbResult {
  const check = checkTable.find((one) => one.id === id.toUpperCase());
  if (check === undefined) {
    throw new PerimeterError('E_USAGE', {
      message: `There is no check "${id}"${
        didYouMean(
          id.toUpperCase(),
          checkTable.map((one) => one.id),
        ) || '.'
      }`,
      hint: 'perimeter check --list',
    });
  }
  const { judge: _judge, ...words } = check;
  const effect = `${effectOf(check)}; ${check.never ? 'nobody may waive it' : 'may be waived'}`;
  const text = [
    `${check.id}  ${check.title} (${check.scope})`,
    `why     ${check.why}`,
    `wanted  ${check.wanted}`,
    `do      ${check.remedy}`,
    `effect  ${effect}`,
    '',
  ].join('\n');
  return { text, data: { ...words } };
}
