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

export const exitChangesPending = 4;
