import { describe, expect, it } from 'vitest';
import { type Catalogue, loadCatalogue, type MachineModel } from '../../../installer/hardware/catalogue.ts';
import { limitProblems } from '../../../installer/hardware/limits.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
import type { MatchRule } from '../../../installer/hardware/model-file.ts';
import { surveyWith } from '../../support/fit-survey.ts';

const origin = { provenance: 'synthetic', source: 'this test' } as const;
const rule = (field: MatchRule['field'], value: string, weight: number): MatchRule => ({
  field,
  op: 'iregex',
  value,
  weight,
  ...origin,
});

function model(slug: string, match: readonly MatchRule[], limits: MachineModel['limits'] = []): MachineModel {
  return {
    slug,
    deviceType: `test/${slug}`,
    facts: [],
    match: [...match],
    limits,
    file: `models/${slug}.yaml`,
    type: { manufacturer: 'Test', model: slug, slug },
  };
}

const catalogue: Catalogue = [
  model('alpha', [rule('system.manufacturer', '^acme', 40), rule('system.model', '\\bA1\\b', 50)]),
  model('beta', [rule('system.manufacturer', '^acme', 40), rule('system.model', '\\bA1', 45)]),
  model('gamma', [rule('system.manufacturer', '^acme', 40), rule('system.model', '\\bG9\\b', 50)]),
];
const machine = (manufacturer: string | undefined, name: string | undefined, serial = 'SER-1') =>
  surveyWith({ 'system.manufacturer': manufacturer, 'system.model': name, 'system.serial': serial });
const statusOf = (manufacturer: string | undefined, name: string | undefined) => {
  const { status, model: found } = matchModel(machine(manufacturer, name), catalogue);
  return [status, found?.slug];
};

describe('recognising a machine', () => {
  it('matches one that leads clearly, and shows the evidence', () => {
    expect(statusOf('ACME Inc.', 'Server G9')).toEqual(['matched', 'gamma']);
    const { evidence, scores } = matchModel(machine('ACME Inc.', 'Server G9'), catalogue);
    expect(scores[0]).toEqual({ slug: 'gamma', score: 90 });
    expect(evidence).toContainEqual({
      model: 'gamma',
      field: 'system.model',
      wanted: 'iregex \\bG9\\b',
      told: 'Server G9',
      weight: 50,
    });
  });

  it('does not choose between two that are close', () => {
    expect(statusOf('ACME', 'A1')).toEqual(['ambiguous', undefined]);
  });

  it('does not know one whose evidence is thin, or junk, or not there', () => {
    expect(statusOf('ACME', 'Z3')).toEqual(['unknown', undefined]);
    expect(statusOf('To be filled by O.E.M.', 'System Product Name')).toEqual(['unknown', undefined]);
    expect(statusOf(undefined, undefined)).toEqual(['unknown', undefined]);
  });

  it('never counts what is not told, whatever the rule', () => {
    const greedy = [model('all', [rule('system.sku', '.*', 100), rule('board.model', '^$', 100)])];
    expect(matchModel(machine('ACME', 'A1'), greedy).status).toBe('unknown');
  });

  it('takes an operator at his word for one serial number', () => {
    const word = { serial: 'SER-7', model: 'gamma', by: 'a.smith', reason: 'empty tables', ticket: 'C-1' };
    const seen = matchModel(machine(undefined, undefined, 'SER-7'), catalogue, [word]);
    expect([seen.status, seen.model?.slug]).toEqual(['overridden', 'gamma']);
    expect(matchModel(machine(undefined, undefined, 'SER-8'), catalogue, [word]).status).toBe('unknown');
  });

  it('holds limits as a question of its own, and says whose word they are', () => {
    const limited = model(
      'alpha',
      [],
      [
        { what: 'disks', min: 3, ...origin },
        { what: 'sockets', max: 1, ...origin },
        { what: 'interfaces', min: 9, ...origin },
      ],
    );
    const survey = surveyWith({ sockets: '2', nic: [] });
    expect(limitProblems(survey, limited)).toEqual([
      'disks: 2, at least 3 (synthetic)',
      'sockets: 2, at most 1 (synthetic)',
    ]);
  });
});

describe("the product's own catalogue", () => {
  it('asserts nothing about a model that only public claims speak of', async () => {
    const own = await loadCatalogue();
    expect(own.length).toBeGreaterThan(0);
    for (const { facts, match, limits, type } of own) {
      if ([...facts, ...match].some(({ provenance }) => provenance !== 'public-claim')) continue;
      expect(limits).toEqual([]);
      expect(
        Object.keys(type).filter((key) => !['manufacturer', 'model', 'slug', 'comments'].includes(key)),
      ).toEqual([]);
    }
    expect(matchModel(machine('GSE', 'S200'), own).model?.slug).toBe('gse-s200');
    expect(matchModel(machine('GSE', 'S2000'), own).status).toBe('unknown');
  });
});
