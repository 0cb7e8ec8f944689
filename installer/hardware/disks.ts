import { jsonOf } from '../base/json.ts';
import { knownText } from '../hosts/known-value.ts';
import type { Survey } from '../hosts/survey.ts';

/** A whole disk that could carry data: no partition, no loop or memory device, nothing removable. */
export interface Disk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly rotational: boolean | undefined;
  readonly model: string | undefined;
  readonly vendor: string | undefined;
  readonly serial: string | undefined;
  readonly wwn: string | undefined;
  readonly wwnWithExtension: string | undefined;
  readonly wwnVendorExtension: string | undefined;
  /** /dev/sda, and the names by which udev also knows it: /dev/disk/by-path/... */
  readonly paths: readonly string[];
  /** Host, channel, target, LUN: `0:0:1:0`. */
  readonly hctl: string | undefined;
  /** What lies on it: file systems, mounts. Empty for a disk that is free. */
  readonly usedFor: readonly string[];
}

interface Listed {
  readonly name?: string;
  readonly type?: string;
  readonly size?: number | string | null;
  readonly rota?: boolean | string | null;
  readonly rm?: boolean | string | null;
  readonly model?: string | null;
  readonly vendor?: string | null;
  readonly serial?: string | null;
  readonly wwn?: string | null;
  readonly hctl?: string | null;
  readonly fstype?: string | null;
  readonly mountpoint?: string | null;
  readonly children?: readonly Listed[];
}

export function disksOf(survey: Survey): readonly Disk[] {
  return listedBy(survey)
    .filter(isDisk)
    .map((disk) => ({
      name: disk.name ?? '',
      sizeBytes: Number(disk.size ?? 0),
      rotational: truth(disk.rota),
      model: knownText(disk.model),
      vendor: knownText(disk.vendor),
      serial: knownText(disk.serial),
      ...wwnOf(survey, disk),
      paths: [`/dev/${disk.name ?? ''}`, ...linksTo(survey, disk.name ?? '')],
      hctl: knownText(disk.hctl),
      usedFor: usesOf(disk),
    }));
}

/** All block devices that lsblk tells, also those that could carry no data. */
export function listedNames(survey: Survey): ReadonlySet<string> {
  return new Set(listedBy(survey).map(({ name = '' }) => name));
}

/** One of them as lsblk wrote it; undefined where it did not. */
export function rawDisk(survey: Survey, disk: string): string | undefined {
  const found = listedBy(survey).find(({ name }) => name === disk);
  if (found === undefined) return undefined;
  const { children: _parts, ...own } = found;
  return JSON.stringify(own);
}

function listedBy(survey: Survey): readonly Listed[] {
  const listed = decoded(survey.one('lsblk')) as { readonly blockdevices?: readonly Listed[] } | undefined;
  return listed?.blockdevices ?? [];
}

/** udev tells the parts of a World Wide Name; lsblk only one of them. */
function wwnOf(survey: Survey, disk: Listed): Pick<Disk, 'wwn' | 'wwnWithExtension' | 'wwnVendorExtension'> {
  const parts = survey
    .values('wwn')
    .map((line) => line.split(' '))
    .find(([name]) => name === disk.name);
  const [, wwn, wwnWithExtension, wwnVendorExtension] = parts ?? [];
  return {
    wwn: knownText(wwn) ?? knownText(disk.wwn),
    wwnWithExtension: knownText(wwnWithExtension),
    wwnVendorExtension: knownText(wwnVendorExtension),
  };
}

function linksTo(survey: Survey, name: string): string[] {
  return survey.values('diskLink').flatMap((line) => {
    const [disk, path = ''] = line.split(' ');
    return disk === name ? [path] : [];
  });
}

function isDisk({ name = '', type, size, rm }: Listed): boolean {
  return (
    type === 'disk' && Number(size ?? 0) > 0 && truth(rm) !== true && !/^(zram|ram|loop|nbd|sr|fd)/.test(name)
  );
}

/** Older versions of lsblk write "1", newer ones true. */
function truth(value: boolean | string | null | undefined): boolean | undefined {
  return value === null || value === undefined ? undefined : value === true || value === '1';
}

function usesOf({ fstype, mountpoint, children = [] }: Listed): string[] {
  return [
    ...(mountpoint ? [mountpoint] : fstype ? [fstype] : []),
    ...children.flatMap((child) => [...usesOf(child), ...(child.type === 'mpath' ? ['multipath'] : [])]),
  ];
}

export function describeDisk({ name, serial, sizeBytes }: Disk): string {
  return `${name} (${serial ?? 'no serial number'}, ${Math.round(sizeBytes / 1e9)} GB)`;
}

interface Smart {
  readonly name: string;
  readonly passed: boolean | undefined;
  readonly usedPercent: number | undefined;
  readonly mediaErrors: number | undefined;
}

interface SmartOutput {
  readonly smart_status?: { readonly passed?: boolean };
  readonly endurance_used?: { readonly current_percent?: number };
  readonly nvme_smart_health_information_log?: {
    readonly percentage_used?: number;
    readonly media_errors?: number;
  };
  readonly ata_smart_attributes?: {
    readonly table?: readonly { readonly id?: number; readonly raw?: { readonly value?: number } }[];
  };
}

/** Reallocated and pending sectors of ATA disks. */
const sectorAttributes = new Set([5, 197, 198]);

/** What disks say of their own health; only those that say anything. */
export function smartOf(survey: Survey): readonly Smart[] {
  return survey.values('smart').flatMap((line) => {
    const [name = '', base64] = line.split(' ');
    const output = decoded(base64) as SmartOutput | undefined;
    if (output?.smart_status === undefined) return [];
    const nvme = output.nvme_smart_health_information_log;
    const sectors = output.ata_smart_attributes?.table?.filter(({ id = 0 }) => sectorAttributes.has(id));
    return [
      {
        name,
        passed: output.smart_status.passed,
        usedPercent: nvme?.percentage_used ?? output.endurance_used?.current_percent,
        mediaErrors: nvme?.media_errors ?? sumOf(sectors?.flatMap(({ raw }) => raw?.value ?? [])),
      },
    ];
  });
}

/** Of nothing there is no sum. */
function sumOf(values: readonly number[] = []): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function decoded(base64: string | undefined): unknown {
  return base64 === undefined ? undefined : jsonOf(Buffer.from(base64, 'base64').toString('utf8'));
}
