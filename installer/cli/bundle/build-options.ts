import { proveClosure } from '../../actions/prove-closure.ts';
import type { BuildOptions } from '../../bundle/build-bundle.ts';
import type { OptionValues, VerbContext } from '../verb.ts';

/** What every verb takes that makes artifacts. */
export const selectionOptions = {
  set: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary:
      'only the artifacts of this set (core, git, ci, ...); default: all that are not optional (default)',
  },
  only: { type: 'string', value: 'NAME', multiple: true, summary: 'only this artifact' },
  refresh: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary: 'make this artifact anew with the Debian packages that are served now',
  },
} as const;

type Given = Pick<VerbContext, 'events' | 'signal'> & {
  readonly options: OptionValues<typeof selectionOptions>;
};

export function buildOptions({ options: { set, only, refresh }, events, signal }: Given): BuildOptions {
  const common = { sets: set, names: only, refresh, events, signal };
  // Single artifacts are no bundle that a site could run from.
  if (only.length > 0) return common;
  return { ...common, prove: async (contents) => await proveClosure(contents, events) };
}
