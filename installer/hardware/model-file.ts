import { z } from 'zod';

/**
 * Where a fact comes from. captured: read from a real machine, with the evidence beside it; supplied: the vendor's own papers for this
 * model; public-claim: said in public, seen by nobody here; synthetic: made up for tests and rehearsals.
 */
const Provenance = z.enum(['captured', 'supplied', 'public-claim', 'synthetic']);
export type Provenance = z.output<typeof Provenance>;

const origin = {
  provenance: Provenance,
  /** Document, address or evidence file. */
  source: z.string().min(1).meta({ example: 'source: evidence/gse-s200.json' }),
};

/** What a machine tells of itself and that a model can be recognised by. */
const fields = [
  'system.manufacturer',
  'system.model',
  'system.sku',
  'board.manufacturer',
  'board.model',
  'chassis.type',
  'bios.vendor',
] as const;

const Rule = z
  .strictObject({
    field: z.enum(fields),
    op: z.enum(['equals', 'iequals', 'contains', 'iregex']),
    value: z.string().min(1),
    weight: z.int().min(1).max(100),
    ...origin,
  })
  .refine(({ op, value }) => op !== 'iregex' || isPattern(value), {
    path: ['value'],
    error:
      'is no regular expression; write the pattern without slashes and flags (upper and lower case are one)',
  });
export type MatchRule = z.output<typeof Rule>;

const quantities = ['sockets', 'cores', 'memoryMib', 'disks', 'interfaces'] as const;
export type Quantity = (typeof quantities)[number];

const Limit = z
  .strictObject({
    what: z.enum(quantities),
    min: z.int().min(0).optional(),
    max: z.int().min(0).optional(),
    ...origin,
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, { error: 'needs min, max or both' });

/** Versions of one firmware that somebody tried, for good or bad. */
const Versions = z.strictObject({
  approved: z.array(z.string().min(1)).default([]).meta({ example: "approved: ['2.1', '2.3']" }),
  bad: z.array(z.string().min(1)).default([]),
  ...origin,
});
export type FirmwareVersions = z.output<typeof Versions>;

/** hardware/models/<slug>.yaml: how to recognise a model, and what a machine of it must look like. What nobody saw is left out. */
export const ModelFile = z.strictObject({
  slug: z.string().regex(/^[-a-z0-9_]+$/, 'must be lower-case letters, digits, dashes and underscores'),
  /** Of hardware/device-types/<manufacturer>/<slug>.yaml. */
  deviceType: z.string().min(1),
  facts: z.array(z.strictObject({ name: z.string().min(1), value: z.string().min(1), ...origin })).min(1),
  match: z.array(Rule).min(1),
  limits: z.array(Limit),
  /** Absent: nobody says which versions are good. */
  firmware: z.strictObject({ bios: Versions.optional(), bmc: Versions.optional() }).optional(),
});
export type ModelFile = z.output<typeof ModelFile>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'iu').source !== '';
  } catch {
    return false;
  }
}
