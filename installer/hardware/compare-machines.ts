import type { MachineReport } from './machine-report.ts';

export interface MachineDifference {
  readonly item: string;
  readonly frozen: string;
  readonly found: string;
}

const plainItems = [
  'serial',
  'uuid',
  'manufacturer',
  'model',
  'biosVersion',
  'processor',
  'sockets',
  'cores',
] as const;
type Told = string | number | null;

/** A newer kernel keeps a little more or less of the memory for itself. */
const memoryTolerance = 0.02;

/** What of a machine is not as it was frozen. What was not told then is not held against it now. */
export function compareMachines(frozen: MachineReport, found: MachineReport): readonly MachineDifference[] {
  const differences: MachineDifference[] = [];
  const differ = (item: string, before: Told, now: Told): void =>
    void differences.push({ item, frozen: words(before), found: words(now) });
  for (const item of plainItems) {
    if (frozen[item] !== null && frozen[item] !== found[item]) differ(item, frozen[item], found[item]);
  }
  const [before, now] = [frozen.memoryMib, found.memoryMib];
  if (before !== null && (now === null || Math.abs(now - before) > before * memoryTolerance)) {
    differ('memory', `${before} MiB`, now === null ? null : `${now} MiB`);
  }
  for (const [item, was, is] of [
    ['disk', frozen.disks.map(diskWords), found.disks.map(diskWords)],
    ['interface', frozen.macs, found.macs],
  ] as const) {
    for (const gone of without(was, is)) differ(item, gone, 'gone');
    for (const fresh of without(is, was)) differ(item, 'not there', fresh);
  }
  return differences;
}

/** Those of the first list that the second has not, each as often as it is too many: two equal disks are two. */
function without(one: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return one.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function diskWords({ serial, wwn, model, sizeBytes }: MachineReport['disks'][number]): string {
  const name = serial ?? wwn ?? 'without serial number';
  return `${model ?? 'disk'} ${name} (${Math.round(sizeBytes / 1e9)} GB)`;
}

function words(value: Told): string {
  return value === null ? 'not told' : String(value);
}
