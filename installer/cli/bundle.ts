import type { VerbGroup } from './verb.ts';

/** Everything that is done to a bundle; one file per verb in bundle/. */
export const bundleVerbs: VerbGroup = {
  name: 'bundle',
  summary: 'build the bundle from pinned source, carry it, look into it',
  description: 'Without FILE the newest bundle of the cache is taken.',
  examples: [
    { command: 'perimeter bundle build', does: 'makes what is missing and writes the bundle' },
    {
      command: 'perimeter bundle verify /media/perimeter.tar',
      does: 'reads every byte and names what is damaged',
    },
  ],
  verbs: {
    build: async () => (await import('./bundle/build.ts')).buildVerb,
    lock: async () => (await import('./bundle/lock.ts')).lockVerb,
    verify: async () => (await import('./bundle/verify.ts')).verifyVerb,
    ls: async () => (await import('./bundle/ls.ts')).lsVerb,
    rebuild: async () => (await import('./bundle/rebuild.ts')).rebuildVerb,
    sbom: async () => (await import('./bundle/sbom.ts')).sbomVerb,
    export: async () => (await import('./bundle/export.ts')).exportVerb,
    repair: async () => (await import('./bundle/repair.ts')).repairVerb,
    import: async () => (await import('./bundle/import.ts')).importVerb,
    delta: async () => (await import('./bundle/delta.ts')).deltaVerb,
    diff: async () => (await import('./bundle/diff.ts')).diffVerb,
    key: async () => (await import('./bundle/key.ts')).keyVerb,
    downgrade: async () => (await import('./bundle/downgrade.ts')).downgradeVerb,
    inspect: async () => (await import('./bundle/inspect.ts')).inspectVerb,
  },
};
