import { surveySite } from '../../actions/survey-site.ts';
import { loadCatalogue } from '../../hardware/catalogue.ts';
import { compareCollectors } from '../../hardware/collectors.ts';
import { limitProblems } from '../../hardware/limits.ts';
import { type ModelMatch, matchModel } from '../../hardware/match-model.ts';
import { loadOverrides } from '../../hardware/site-hardware.ts';
import { loadSite } from '../../site/load-site.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';
import { doubtLines } from './doubt-lines.ts';

export const hardwareMatchVerb = defineVerb({
  name: 'hardware match',
  summary: 'say which model each node of a site is, with the evidence; changes nothing',
  args: [siteArgument],
  options: {},
  examples: [
    { command: 'perimeter hardware match site/plant', does: 'looks at the nodes and weighs what they tell' },
  ],
  async run({ args: [directory = ''], events, signal }) {
    const site = await loadSite(directory);
    const catalogue = await loadCatalogue(site.directory);
    const overrides = await loadOverrides(site, catalogue);
    const surveyed = await surveySite(site, { events, signal });
    const matches = surveyed.map(({ node, survey }) => {
      const match = matchModel(survey, catalogue, overrides);
      const outside = match.model === undefined ? [] : limitProblems(survey, match.model);
      const { differences } = compareCollectors(survey);
      return { node: node.name, match, outside, differences };
    });
    return {
      text: `${matches.map(({ node, match, outside }) => describeMatch(node, match, outside)).join('\n')}\n${doubtLines(matches)}`,
      data: {
        nodes: matches.map(({ node, match: { status, model, scores, evidence }, outside, differences }) => ({
          node,
          status,
          model: model?.slug ?? null,
          scores,
          evidence,
          outside,
          collectorsDiffer: differences,
        })) as never,
      },
    };
  },
});

function describeMatch(
  node: string,
  { status, model, scores, evidence }: ModelMatch,
  outside: readonly string[],
): string {
  const told = evidence.map(
    ({ model: slug, field, told: said, weight }) => `    ${slug}: ${field} is "${said}" (${weight})`,
  );
  const sums =
    scores.map(({ slug, score }) => `${slug} ${score}`).join(', ') || 'nothing that a model is recognised by';
  return [
    `${node}: ${status}${model === undefined ? '' : ` ${model.slug}`} (${sums})`,
    ...told,
    ...outside.map((problem) => `    not as the model says: ${problem}`),
  ].join('\n');
}
