import { describe, expect, it } from 'vitest';
import { chooseDisk } from '../../../installer/hardware/choose-disk.ts';
import { disksOf } from '../../../installer/hardware/disks.ts';
import { isProven, readIdentity } from '../../../installer/hardware/identity.ts';
import type { DeviceHints } from '../../../installer/site/node-hardware.ts';
import { disk, disks, surveyWith } from '../../support/fit-survey.ts';

const machine = surveyWith({
  lsblk: disks(
    disk({
      name: 'sda',
      serial: 'A',
      size: 480e9,
      vendor: 'ATA',
      model: 'FastDisk 480',
      hctl: '0:0:0:0',
      wwn: '0x5001',
    }),
    disk({ name: 'sdb', serial: 'B', size: 480e9, vendor: 'ATA', model: 'FastDisk 480', hctl: '0:0:1:0' }),
    disk({ name: 'sdc', serial: 'C', size: 4e12, rota: '1', vendor: 'ATA', model: 'BigDisk' }),
    disk({ name: 'zram0', size: 8e9 }),
    disk({ name: 'loop0', type: 'loop' }),
    disk({ name: 'sdd', rm: true }),
    disk({ name: 'sr0', type: 'rom' }),
  ),
  wwn: ['sdb 0x5002 0x5002abcd 0xabcd'],
  diskLink: ['sdc /dev/disk/by-path/pci-0000:00:1f.2-ata-3'],
});
const chosen = (hints: DeviceHints): string | undefined => chooseDisk(hints, disksOf(machine)).disk?.name;

describe('disks that may carry data', () => {
  it('are whole, fixed and real', () => {
    expect(disksOf(machine).map(({ name }) => name)).toEqual(['sda', 'sdb', 'sdc']);
  });
});

describe('choosing a disk by hints', () => {
  it.each<[string, DeviceHints, string]>([
    ['a serial number', { serialNumber: 'B' }, 'sdb'],
    ['a WWN that lsblk tells', { wwn: '0x5001' }, 'sda'],
    ['a WWN that udev tells', { wwn: '0x5002' }, 'sdb'],
    ['a WWN with its extension', { wwnWithExtension: '0x5002abcd' }, 'sdb'],
    ['the extension alone', { wwnVendorExtension: '0xabcd' }, 'sdb'],
    ['its place on the bus', { hctl: '0:0:1:0' }, 'sdb'],
    ['part of its model', { model: 'Big' }, 'sdc'],
    ['its kind', { rotational: true }, 'sdc'],
    ['its least size', { minSizeGigabytes: 1000 }, 'sdc'],
    ['a stable path', { deviceName: '/dev/disk/by-path/pci-0000:00:1f.2-ata-3' }, 'sdc'],
    ['all hints at once', { vendor: 'AT', rotational: false, serialNumber: 'A' }, 'sda'],
  ])('takes the one that fits %s', (_what, hints, name) => {
    expect(chosen(hints)).toBe(name);
  });

  it.each<[string, DeviceHints, number]>([
    ['two disks fit', { model: 'FastDisk' }, 2],
    ['none fits', { serialNumber: 'a' }, 0],
    ['only one of two hints holds', { serialNumber: 'A', rotational: true }, 0],
    ['the disk does not tell what is asked', { wwnVendorExtension: '0x1' }, 0],
    ['a serial number is only a part', { serialNumber: '' }, 0],
  ])('takes none when %s', (_what, hints, fitting) => {
    const choice = chooseDisk(hints, disksOf(machine));
    expect(choice.disk).toBeUndefined();
    expect(choice.fitting).toHaveLength(fitting);
  });

  it('never takes more than one, whatever the hints', () => {
    const values = {
      model: ['FastDisk', 'Big', 'x'],
      rotational: [true, false],
      minSizeGigabytes: [1, 480, 481, 5000],
    };
    let looked = 0;
    for (const model of [undefined, ...values.model])
      for (const rotational of [undefined, ...values.rotational])
        for (const minSizeGigabytes of [undefined, ...values.minSizeGigabytes]) {
          const given = Object.entries({ model, rotational, minSizeGigabytes }).filter(
            ([, value]) => value !== undefined,
          );
          const { disk: one, fitting } = chooseDisk(Object.fromEntries(given), disksOf(machine));
          expect(one === undefined).toBe(fitting.length !== 1);
          looked += 1;
        }
    expect(looked).toBe(60);
  });
});

describe('whose machine it is', () => {
  const identity = {
    serial: 'SER-1',
    uuid: '4c4c4544-0000-4000-8000-000000000001',
    macs: ['02:00:00:00:00:01'],
  };
  const proven = (told: Parameters<typeof surveyWith>[0]): boolean =>
    isProven(readIdentity(identity, surveyWith(told)));

  it('is proven by two of three, however they are written', () => {
    expect(proven({})).toBe(true);
    expect(proven({ 'system.uuid': identity.uuid.toUpperCase(), 'system.serial': undefined })).toBe(true);
    expect(proven({ 'system.uuid': undefined, 'system.serial': undefined })).toBe(false);
  });

  it('is not proven when one differs, even if two agree', () => {
    expect(proven({ 'system.serial': 'SER-2' })).toBe(false);
    expect(readIdentity(identity, surveyWith({ 'system.serial': 'SER-2' })).differing).toEqual([
      'serial is SER-2, not SER-1',
    ]);
  });

  it('does not take junk for an answer', () => {
    const reading = readIdentity(
      identity,
      surveyWith({
        'system.serial': 'Default string',
        'system.uuid': '00000000-0000-0000-0000-000000000000',
      }),
    );
    expect(reading).toEqual({ agreeing: ['macs'], differing: [], untold: ['serial', 'uuid'] });
  });
});
