import type { DeviceHints } from '../site/node-hardware.ts';
import type { Disk } from './disks.ts';

export interface DiskChoice {
  /** The one disk that all hints fit; undefined when there is none, or more than one. */
  readonly disk: Disk | undefined;
  readonly fitting: readonly Disk[];
}

type Rule = {
  readonly [K in keyof DeviceHints]-?: (disk: Disk, wanted: NonNullable<DeviceHints[K]>) => boolean;
};

const bytesPerGigabyte = 1e9;

/** Exact, but for model and vendor (part of the text) and the size (a lower bound). What a disk does not tell never fits. */
const rules: Rule = {
  deviceName: (disk, wanted) => disk.paths.includes(wanted),
  hctl: ({ hctl }, wanted) => hctl === wanted,
  model: ({ model }, wanted) => model?.includes(wanted) ?? false,
  vendor: ({ vendor }, wanted) => vendor?.includes(wanted) ?? false,
  serialNumber: ({ serial }, wanted) => serial === wanted,
  minSizeGigabytes: ({ sizeBytes }, wanted) => sizeBytes >= wanted * bytesPerGigabyte,
  wwn: ({ wwn }, wanted) => wwn === wanted,
  wwnWithExtension: ({ wwnWithExtension }, wanted) => wwnWithExtension === wanted,
  wwnVendorExtension: ({ wwnVendorExtension }, wanted) => wwnVendorExtension === wanted,
  rotational: ({ rotational }, wanted) => rotational === wanted,
};

/** Never more than one disk: two that fit are as bad as none. */
export function chooseDisk(hints: DeviceHints, disks: readonly Disk[]): DiskChoice {
  const fitting = disks.filter((disk) =>
    Object.entries(hints).every(([name, wanted]) => holds(disk, name, wanted)),
  );
  return { disk: fitting.length === 1 ? fitting[0] : undefined, fitting };
}

function holds(disk: Disk, name: string, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  const rule = rules[name as keyof DeviceHints] as (one: Disk, value: unknown) => boolean;
  return rule(disk, wanted);
}
