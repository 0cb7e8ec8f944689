import { checkSite } from '../actions/check-site.ts';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { didYouMean } from '../base/suggest.ts';
import { formatDuration } from '../base/units.ts';
import { checkTable } from '../preflight/check-table.ts';
import { blocking } from '../preflight/judge-site.ts';
import { countStatuses, describeResults } from '../preflight/report.ts';
import { siteArgument } from './site-arguments.ts';
import { defineVerb, type VerbResult } from './verb.ts';

/** A check refused; nothing was changed. */
const exitRefused = 3;

export const checkVerb = defineVerb({
  name: 'check',
  summary: 'look at every host and name all that is unfit, each with its remedy; changes nothing',
  description:
    'Every check is one of: pass, warn, fail, unknown (the machine does not tell: neither good nor bad), error (the check itself broke),\n' +
    'waived (accepted in writing in SITE/waivers.yaml, with reason, ticket and last day). Exit code 3 when anything failed.',
  args: [{ ...siteArgument, optional: true }],
  options: {
    bundle: {
      type: 'string',
      value: 'FILE',
      summary: 'judge disk and time by this bundle; default: by images.lock',
    },
    quick: { type: 'boolean', summary: 'leave out measuring how fast the disks write' },
    all: { type: 'boolean', summary: 'show also what passed and what the machines do not tell' },
    list: { type: 'boolean', summary: 'list the checks, and contact nothing' },
    explain: { type: 'string', value: 'ID', summary: 'say all about one check, and contact nothing' },
  },
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
  async run({ args: [siteDirectory], options, events }) {
    if (options.explain !== undefined) return explain(options.explain);
    if (options.list) return list();
    if (siteDirectory === undefined) {
      throw new PerimeterError('E_USAGE', {
        message: 'perimeter check: SITE is missing.',
        hint: 'Name the site folder: perimeter check site/try. Without one: perimeter check --list',
      });
    }
    const { bundle, quick, all } = options;
    const { site, results, ms } = await checkSite({ siteDirectory, bundleFile: bundle, quick, events });
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
      message: `There is no check "${id}"${didYouMean(
        id.toUpperCase(),
        checkTable.map((one) => one.id),
      )}.`,
      hint: 'perimeter check --list',
    });
  }
  const { judge: _judge, ...words } = check;
  const effect = `${check.required ? 'install refuses a host that fails it' : 'told, but install goes on'}; ${check.never ? 'nobody may waive it' : 'may be waived'}`;
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
