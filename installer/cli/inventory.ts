import type { VerbGroup } from './verb.ts';

/** The machines of a site; one file per verb in inventory/. */
export const inventoryVerbs: VerbGroup = {
  name: 'inventory',
  summary: 'bring the machines of a site in from a table',
  examples: [
    {
      command: 'perimeter inventory import machines.csv --out site/plant/inventory.yaml',
      does: 'writes the inventory, or names every bad line',
    },
  ],
  verbs: { import: async () => (await import('./inventory/import.ts')).inventoryImportVerb },
};
