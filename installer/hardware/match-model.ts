import type { Survey } from '../hosts/survey.ts';
import type { Catalogue, MachineModel } from './catalogue.ts';
import type { MatchRule } from './model-file.ts';
import type { ModelOverride } from './signed-override.ts';

/** Below this sum nothing is recognised; within the lead, two models are not told apart. */
const enough = 60;
const lead = 20;

export interface Evidence {
  readonly model: string;
  readonly field: string;
  readonly wanted: string;
  readonly told: string;
  readonly weight: number;
}

export interface ModelMatch {
  readonly status: 'matched' | 'ambiguous' | 'unknown' | 'overridden';
  /** Only when matched or overridden. */
  readonly model?: MachineModel;
  /** Sum of weights by slug, the best first; models without any evidence are left out. */
  readonly scores: readonly { readonly slug: string; readonly score: number }[];
  readonly evidence: readonly Evidence[];
}

/** Weighs what a machine tells against every model. What it does not tell never counts. */
export function matchModel(
  survey: Survey,
  catalogue: Catalogue,
  overrides: readonly ModelOverride[] = [],
): ModelMatch {
  const evidence = catalogue.flatMap((model) =>
    model.match.flatMap((rule) => {
      const told = survey.values(rule.field).find((value) => holds(rule, value));
      return told === undefined
        ? []
        : [
            {
              model: model.slug,
              field: rule.field,
              wanted: `${rule.op} ${rule.value}`,
              told,
              weight: rule.weight,
            },
          ];
    }),
  );
  const scores = [...Map.groupBy(evidence, ({ model }) => model)]
    .map(([slug, of]) => ({ slug, score: of.reduce((sum, { weight }) => sum + weight, 0) }))
    .toSorted((a, b) => b.score - a.score);
  const serials = survey.values('system.serial');
  const override = overrides.find(({ serial }) => serials.includes(serial));
  const named = catalogue.find(({ slug }) => slug === override?.model);
  if (named !== undefined) return { status: 'overridden', model: named, scores, evidence };
  const [best, second] = scores;
  const model = catalogue.find(({ slug }) => slug === best?.slug);
  if (best === undefined || model === undefined || best.score < enough)
    return { status: 'unknown', scores, evidence };
  if (best.score - (second?.score ?? 0) < lead) return { status: 'ambiguous', scores, evidence };
  return { status: 'matched', model, scores, evidence };
}

function holds({ op, value: wanted }: MatchRule, value: string): boolean {
  if (op === 'equals') return value === wanted;
  if (op === 'iequals') return value.toLowerCase() === wanted.toLowerCase();
  if (op === 'contains') return value.toLowerCase().includes(wanted.toLowerCase());
  return new RegExp(wanted, 'iu').test(value);
}
