import { type Distribution, distributionNamed, distributions } from '../base/distributions.ts';
import type { VerbOption } from './verb.ts';

export const systemsOption = {
  type: 'string',
  value: 'SYSTEMS',
  summary: `what lab hosts run, in their order, parted by commas: ${distributions.map(({ key }) => key).join(', ')}; default: debian-12`,
} as const satisfies VerbOption;

/** Raises E_USAGE for a name that is none. */
export function systemsOf(text: string): readonly Distribution[] {
  return text.split(',').map((key) => distributionNamed(key.trim()));
}
