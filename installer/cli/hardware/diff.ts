import { surveySite } from '../../actions/survey-site.ts';
import { PerimeterError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { compareMachines } from '../../hardware/compare-machines.ts';
import { readFrozenReport } from '../../hardware/frozen-report.ts';
import { machineReport } from '../../hardware/machine-report.ts';
import { loadSite } from '../../site/load-site.ts';
import { exitChangesPending, siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';

export const hardwareDiffVerb = defineVerb({
  name: 'hardware diff',
  summary: 'say what of the machines is not as it was frozen; exit code 4 when anything is',
  args: [siteArgument],
  options: {},
  examples: [
    {
      command: 'perimeter hardware diff site/plant',
      does: 'names swapped disks, missing memory, new interfaces',
    },
  ],
  async run({ args: [directory = ''], events, signal }) {
    const site = await loadSite(directory);
    const frozen = await readFrozenReport(site);
    if (frozen === undefined) {
      throw new PerimeterError('E_USAGE', {
        message: `The machines of site ${site.name} were never frozen.`,
        hint: `Freeze them: perimeter hardware freeze ${directory}`,
      });
    }
    const { machines, at } = frozen.payload;
    const known = machines.filter(({ node }) => site.nodes.some(({ name }) => name === node));
    const surveyed = await surveySite(site, { events, signal });
    const nodes = surveyed.map(({ node: { name }, survey }) => {
      const before = known.find(({ node }) => node === name);
      return {
        node: name,
        differences: before === undefined ? undefined : compareMachines(before, machineReport(name, survey)),
      };
    });
    const lines = nodes.flatMap(({ node, differences }) =>
      differences === undefined
        ? [`${node}: is not in the report`]
        : differences.map(
            ({ item, frozen: was, found }) => `${node}: ${item}: frozen ${was}, found ${found}`,
          ),
    );
    const text =
      lines.length === 0 ? `As frozen on ${at}: ${count(nodes.length, 'machine')}.` : lines.join('\n');
    return {
      text: `${text}\n`,
      data: { at, digest: frozen.digest, nodes: nodes as never },
      exitCode: lines.length === 0 ? 0 : exitChangesPending,
    };
  },
});
