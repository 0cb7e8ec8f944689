import { PerimeterError } from '../base/errors.ts';
import { parseBytes } from '../base/units.ts';
import type { VerbArgument, VerbOption } from './verb.ts';

/** What every verb that works on a site takes. */
export const siteArgument = {
  name: 'SITE',
  summary: 'the site folder, with site.yaml and inventory.yaml',
} as const satisfies VerbArgument;

export const bundleOption = {
  type: 'string',
  value: 'FILE',
  summary:
    'the bundle: a file, the folder with its parts, or a store; default: the one that the site was last installed from',
} as const satisfies VerbOption;

export const downgradeOption = {
  type: 'string',
  value: 'FILE',
  summary: 'a signed statement that lets this older bundle through (perimeter bundle downgrade)',
} as const satisfies VerbOption;

export const lockOption = {
  type: 'string',
  value: 'FILE',
  summary: 'refuse a bundle that does not fit this images.lock',
} as const satisfies VerbOption;

export const maxRateOption = {
  type: 'string',
  value: 'BYTES',
  summary:
    'what each sender may take of its link per second while seeding, for example 50MB; default: as site.yaml says',
} as const satisfies VerbOption;

/** Bytes per second. Raises E_USAGE for anything else. */
export function maxRateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBytes(text.replace(/\/s$/, ''));
  if (bytes !== undefined && bytes > 0) return bytes;
  throw new PerimeterError('E_USAGE', {
    message: `--max-rate is "${text}", which is no amount of bytes per second.`,
    hint: 'Say it like 50MB or 512KiB.',
  });
}

export const exitChangesPending = 4;
