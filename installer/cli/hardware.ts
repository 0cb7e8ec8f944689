import type { VerbGroup } from './verb.ts';

/** Machine models and the machines themselves; one file per verb in hardware/. */
export const hardwareVerbs: VerbGroup = {
  name: 'hardware',
  summary: 'the catalogue of machine models: look into it, recognise machines, capture new ones',
  description: 'Every fact carries where it comes from: captured, supplied, public-claim or synthetic.',
  examples: [
    {
      command: 'perimeter hardware match site/plant',
      does: 'says which model each node is, with the evidence',
    },
    {
      command: 'perimeter hardware capture site/plant n1 --out hardware',
      does: 'makes a model file out of a real machine',
    },
  ],
  verbs: {
    ls: async () => (await import('./hardware/ls.ts')).hardwareLsVerb,
    show: async () => (await import('./hardware/show.ts')).hardwareShowVerb,
    match: async () => (await import('./hardware/match.ts')).hardwareMatchVerb,
    override: async () => (await import('./hardware/override.ts')).hardwareOverrideVerb,
    freeze: async () => (await import('./hardware/freeze.ts')).hardwareFreezeVerb,
    unfreeze: async () => (await import('./hardware/unfreeze.ts')).hardwareUnfreezeVerb,
    diff: async () => (await import('./hardware/diff.ts')).hardwareDiffVerb,
    capture: async () => (await import('./hardware/capture.ts')).hardwareCaptureVerb,
  },
};
