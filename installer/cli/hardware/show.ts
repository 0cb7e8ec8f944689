import { PerimeterError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { loadCatalogue, type MachineModel } from '../../hardware/catalogue.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';

export const hardwareShowVerb = defineVerb({
  name: 'hardware show',
  summary: 'show one model: each fact, rule and limit with where it comes from',
  args: [
    { name: 'MODEL', summary: 'as `hardware ls` lists it' },
    { name: 'SITE', summary: 'a site folder, for the models that it adds', optional: true },
  ],
  options: {},
  examples: [{ command: 'perimeter hardware show gse-s200', does: 'all that is known of that model' }],
  async run({ args: [slug = '', site] }) {
    const catalogue = await loadCatalogue(site);
    const model = catalogue.find((one) => one.slug === slug);
    if (model !== undefined) return { text: describeModel(model), data: { model: model as never } };
    const known = catalogue.map((one) => one.slug);
    throw new PerimeterError('E_USAGE', {
      message: `There is no model "${slug}"${didYouMean(slug, known) || '.'}`,
      hint: `Known: ${known.join(', ')}. A new one: perimeter hardware capture`,
    });
  },
});

function describeModel({ slug, type, facts, match, limits, file }: MachineModel): string {
  const rows = [
    ...facts.map(({ name, value, provenance, source }) => [name, value, provenance, source]),
    ...match.map((rule) => [
      `match ${rule.field}`,
      `${rule.op} ${rule.value} (${rule.weight})`,
      rule.provenance,
      rule.source,
    ]),
    ...limits.map(({ what, min, max, provenance, source }) => [
      `limit ${what}`,
      [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`]
        .filter(Boolean)
        .join(', '),
      provenance,
      source,
    ]),
  ];
  const empty = limits.length === 0 ? '\nNo limit is known, so none is asserted.' : '';
  return `${type.manufacturer} ${type.model} (${slug}, ${file})\n\n${table([['FACT', 'VALUE', 'PROVENANCE', 'SOURCE'], ...rows])}${empty}\n`;
}
