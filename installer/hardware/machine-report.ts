import { z } from 'zod';
import type { Survey } from '../hosts/survey.ts';
import { disksOf } from './disks.ts';
import { quantitiesOf } from './limits.ts';
import { linksOf } from './links.ts';

/** What one machine is made of: what changes only when somebody opens it, or flashes it. Null: not told. */
export const MachineReport = z.strictObject({
  node: z.string(),
  serial: z.string().nullable(),
  uuid: z.string().nullable(),
  manufacturer: z.string().nullable(),
  model: z.string().nullable(),
  biosVersion: z.string().nullable(),
  processor: z.string().nullable(),
  sockets: z.int().nullable(),
  cores: z.int().nullable(),
  memoryMib: z.int().nullable(),
  disks: z.array(
    z.strictObject({
      serial: z.string().nullable(),
      wwn: z.string().nullable(),
      model: z.string().nullable(),
      sizeBytes: z.int(),
    }),
  ),
  /** Of real interfaces; those of pods and bridges come and go. */
  macs: z.array(z.string()),
});
export type MachineReport = z.output<typeof MachineReport>;

export function machineReport(node: string, survey: Survey): MachineReport {
  const told = (key: string): string | null => survey.one(key) ?? null;
  const { sockets, cores, memoryMib } = quantitiesOf(survey);
  return {
    node,
    serial: told('system.serial'),
    uuid: told('system.uuid')?.toLowerCase() ?? null,
    manufacturer: told('system.manufacturer'),
    model: told('system.model'),
    biosVersion: told('bios.version'),
    processor: told('cpuModel'),
    sockets: sockets ?? null,
    cores: cores ?? null,
    memoryMib: memoryMib ?? null,
    disks: disksOf(survey)
      .map(({ serial, wwn, model, sizeBytes }) => ({
        serial: serial ?? null,
        wwn: wwn ?? null,
        model: model ?? null,
        sizeBytes,
      }))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    macs: linksOf(survey)
      .flatMap(({ mac, physical }) => (physical && mac !== undefined ? [mac.toLowerCase()] : []))
      .toSorted(),
  };
}
