import { compareMachines } from '../../hardware/compare-machines.ts';
import { machineReport } from '../../hardware/machine-report.ts';
import type { PlacedJudgement, SiteCheck } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';

/** The machines against the report in which they were frozen. */
export const frozenMachineChecks: readonly SiteCheck[] = [
  {
    id: 'FRZ-01',
    scope: 'site',
    title: 'hardware report',
    why: 'What it says is believed when disks are chosen; somebody may have changed it.',
    wanted: 'none, or the one that was frozen last: whole, and signed by a key that the site trusts',
    remedy:
      'Put it back, or freeze anew after looking at the machines: perimeter hardware freeze SITE. To give freezing up on purpose: perimeter hardware unfreeze SITE --reason "WHY"',
    required: true,
    never: 'waived',
    judge({ frozen }) {
      if (frozen === undefined) return [unknown('the machines were never frozen')];
      return ['problem' in frozen ? fail(frozen.problem) : pass(`of ${frozen.report.at}`)];
    },
  },
  {
    id: 'FRZ-02',
    scope: 'site',
    title: 'machine as it was frozen',
    why: 'A swapped disk or a missing module since the machines were accepted was either not meant, or not written down.',
    wanted: 'nothing changed since the report',
    remedy: 'See what: perimeter hardware diff SITE. When it was meant: perimeter hardware freeze SITE',
    required: true,
    judge({ frozen, nodes }) {
      if (frozen === undefined) return [unknown('the machines were never frozen')];
      if ('problem' in frozen) return [unknown('there is no report to believe')];
      return nodes.map(({ node: { name }, survey }): PlacedJudgement => {
        const before = frozen.report.machines.find(({ node }) => node === name);
        if (before === undefined) return { node: name, ...warn('not in the report') };
        const differences = compareMachines(before, machineReport(name, survey));
        return {
          node: name,
          ...none(
            differences.map(({ item, frozen: was, found }) => `${item}: frozen ${was}, found ${found}`),
            'fail',
          ),
        };
      });
    },
  },
];
