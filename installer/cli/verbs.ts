import type { Verb } from './verb.ts';

/** The verbs in the order of the help. Each file is read only when it is needed: starting stays fast. */
export const verbLoaders: Readonly<Record<string, () => Promise<Verb>>> = {
  lab: async () => (await import('./lab.ts')).labVerb,
};
