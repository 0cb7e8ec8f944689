import { PerimeterError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { compareMachines } from '../hardware/compare-machines.ts';
import type { MachineReport } from '../hardware/machine-report.ts';
import type { Change } from './phase.ts';
import type { PlanDocument } from './plan.ts';
import { installerDigest, type SavedPlan } from './saved-plan.ts';

/**
 * Refuses (E_PLAN_STALE) unless site, bundle, program and machines are those of the approved plan, and everything that is to be done now
 * stands in it. Less than it says is well: a run that was cut off goes on with the same file.
 */
export async function assertStillApproved(
  approved: SavedPlan,
  now: PlanDocument,
  machines: readonly MachineReport[],
): Promise<void> {
  const findings = [
    now.site.digest === approved.site.digest ? [] : ['the site folder is not as it was planned'],
    now.bundle.digest === approved.bundle.digest
      ? []
      : [`the bundle is ${now.bundle.digest}, planned was ${approved.bundle.digest}`],
    (await installerDigest()) === approved.installer.digest
      ? []
      : ['another version of perimeter planned it'],
    machines.flatMap((machine) => otherMachine(approved, machine)),
    now.phases.flatMap((phase) =>
      phase.targets.flatMap((target) =>
        unapproved(approved, phase.name, target.name, target.changes).map(
          ({ sentence }) => `${phase.name}, ${target.name}: not in the plan: ${sentence}`,
        ),
      ),
    ),
  ].flat();
  if (findings.length === 0) return;
  throw new PerimeterError('E_PLAN_STALE', {
    message: `The plan does not fit any more (${count(findings.length, 'difference')}); nothing was changed.`,
    hint: `Plan again and have it approved: perimeter plan SITE --out FILE`,
    findings,
  });
}

/** In words: what of a machine is not as it was when the plan was made. What it did not tell then is not held against it. */
function otherMachine({ machines }: SavedPlan, machine: MachineReport): readonly string[] {
  const planned = machines.told.find(({ node }) => node === machine.node);
  if (planned === undefined) return [`${machine.node} was not looked at when it was planned`];
  return compareMachines(planned, machine).map(
    ({ item, frozen, found }) =>
      `${machine.node} is not the machine that was planned for: ${item}: then ${frozen}, now ${found}`,
  );
}

/** The same for one target when its phase begins (E_PLAN_MISFIT): only then is known for sure what it has to do. */
export function assertApproved(
  approved: PlanDocument,
  phase: string,
  target: string,
  changes: readonly Change[],
): void {
  const others = unapproved(approved, phase, target, changes);
  if (others.length === 0) return;
  throw new PerimeterError('E_PLAN_MISFIT', {
    message: `${target}: ${count(others.length, 'change')} would be needed that the saved plan does not hold.`,
    hint: 'Plan again, have it approved, and install by the new plan; what was done stays done.',
    findings: others.map(({ sentence }) => sentence),
  });
}

/**
 * Those of the changes that the approved plan does not hold. A change is known by its id: what it makes is bound by the digests of site,
 * bundle and program, and its data also tells what was found, which differs once a run was cut off in the middle.
 */
function unapproved(
  approved: PlanDocument,
  phase: string,
  target: string,
  changes: readonly Change[],
): readonly Change[] {
  const planned = approved.phases.find(({ name }) => name === phase)?.targets ?? [];
  const known = new Set(planned.find(({ name }) => name === target)?.changes.map(({ id }) => id));
  return changes.filter(({ id }) => !known.has(id) && !known.has(wholeOf(id)));
}

/** A task of a playbook may be planned as a whole, because its items were not known yet; each of them is then "task[item]". */
function wholeOf(id: string): string {
  return id.replace(/\[.*$/s, '');
}
