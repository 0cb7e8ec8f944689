import type { Survey } from '../hosts/survey.ts';
import type { MachineModel } from './catalogue.ts';
import { disksOf } from './disks.ts';
import { linksOf } from './links.ts';
import type { Quantity } from './model-file.ts';

/** What of a machine can be counted; undefined where it does not tell. */
export function quantitiesOf(survey: Survey): Readonly<Record<Quantity, number | undefined>> {
  const disks = disksOf(survey).length;
  const physical = linksOf(survey).filter((link) => link.physical).length;
  const { cores, memoryMib } = survey.facts;
  const sockets = survey.number('sockets');
  return {
    sockets,
    cores: cores > 0 ? cores : undefined,
    memoryMib: memoryMib > 0 ? memoryMib : undefined,
    disks: survey.one('lsblk') === undefined ? undefined : disks,
    interfaces: survey.values('nic').length === 0 ? undefined : physical,
  };
}

/** Where a machine is not as its model says. A separate question from which model it is: a missing disk changes no model. */
export function limitProblems(survey: Survey, model: MachineModel): readonly string[] {
  const found = quantitiesOf(survey);
  return model.limits.flatMap(({ what, min, max, provenance }) => {
    const value = found[what];
    if (value === undefined) return [];
    if (min !== undefined && value < min) return [`${what}: ${value}, at least ${min} (${provenance})`];
    return max !== undefined && value > max ? [`${what}: ${value}, at most ${max} (${provenance})`] : [];
  });
}
