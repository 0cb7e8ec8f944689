import type { VerbGroup } from './verb.ts';

/** What is asked of a site as a whole; one file per verb in site/. */
export const siteVerbs: VerbGroup = {
  name: 'site',
  summary: 'say what a site holds',
  examples: [
    {
      command: 'perimeter site have site/plant --out have.json',
      does: 'the receipt that a delta is made against',
    },
  ],
  verbs: { have: async () => (await import('./site/have.ts')).haveVerb },
};
