import type { VerbGroup } from './verb.ts';

/** What a node of a kind is; one file per verb in profile/. */
export const profileVerbs: VerbGroup = {
  name: 'profile',
  summary: 'what a node of a kind is: list the profiles, explain every value of a node',
  examples: [
    { command: 'perimeter profile explain site/plant n1', does: 'each value of n1, and whose word it is' },
  ],
  verbs: {
    ls: async () => (await import('./profile/ls.ts')).profileLsVerb,
    explain: async () => (await import('./profile/explain.ts')).profileExplainVerb,
  },
};
