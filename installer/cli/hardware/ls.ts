import { loadCatalogue, type MachineModel } from '../../hardware/catalogue.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';

export const hardwareLsVerb = defineVerb({
  name: 'hardware ls',
  summary: 'list the models of the catalogue',
  args: [{ name: 'SITE', summary: 'a site folder, for the models that it adds', optional: true }],
  options: {},
  examples: [
    { command: 'perimeter hardware ls', does: 'each model, and where what is known of it comes from' },
  ],
  async run({ args: [site] }) {
    const catalogue = await loadCatalogue(site);
    const rows = catalogue.map((model) => [
      model.slug,
      model.type.manufacturer,
      model.type.model,
      provenancesOf(model).join(','),
      String(model.limits.length),
    ]);
    return {
      text: table([['MODEL', 'MANUFACTURER', 'NAME', 'PROVENANCE', 'LIMITS'], ...rows]),
      data: {
        models: catalogue.map((model) => ({
          ...model.type,
          provenances: provenancesOf(model),
        })) as never,
      },
    };
  },
});

function provenancesOf({ facts, match, limits }: MachineModel): string[] {
  return [...new Set([...facts, ...match, ...limits].map(({ provenance }) => provenance))].toSorted();
}
