import { describe, expect, it } from 'vitest';
import { compareCollectors } from '../../../installer/hardware/collectors.ts';
import { linksOf } from '../../../installer/hardware/links.ts';
import { toFact } from '../../../installer/hosts/survey.ts';
import { disk, disks, surveyWith, type ToldLines } from '../../support/fit-survey.ts';

const agentDisk = (name: string, serial: string): string =>
  JSON.stringify({ name, serial, model: 'Flash', sizeBytes: 480e9 });

/** A fit server, and what the agent tells of it. */
function differences(agent: Readonly<Record<string, string | readonly string[]>>, told: ToldLines = {}) {
  const facts = Object.entries(agent).flatMap(([key, value]) =>
    [value].flat().map((raw) => toFact(key, 'systeminformation', raw)),
  );
  return compareCollectors(surveyWith(told).with(facts)).differences;
}

const agreeing = {
  'system.serial': 'SER-1',
  'system.uuid': '4C4C4544-0000-4000-8000-000000000001',
  'bios.version': '2.1',
  memoryBytes: String(16 * 2 ** 30),
  moduleBytes: [String(8 * 2 ** 30), String(8 * 2 ** 30)],
  disk: [agentDisk('sda', 'S1'), agentDisk('nvme0n1', 'S2')],
};

describe('collectors', () => {
  it('agree when they say the same, in whatever letters', () => {
    expect(differences(agreeing)).toEqual([]);
  });

  it('are not compared where only one tells, or tells junk', () => {
    expect(differences({ 'system.serial': '-', 'bios.version': '' })).toEqual([]);
    const alone = surveyWith({ 'system.serial': 'SER-1' });
    expect(compareCollectors(alone)).toEqual({ compared: 0, differences: [] });
    const junk = alone.with([toFact('system.serial', 'systeminformation', 'To Be Filled By O.E.M.')]);
    expect(compareCollectors(junk).compared).toBe(0);
  });

  it('differ on a serial number, with who says what', () => {
    expect(differences({ ...agreeing, 'system.serial': 'SER-2' }, { 'system.serial': 'SER-1' })).toEqual([
      'system.serial: SER-1 by memory, SER-2 by systeminformation',
    ]);
  });

  it('differ on memory, but not for what the kernel keeps for itself', () => {
    expect(differences({ ...agreeing, memoryBytes: String(8 * 2 ** 30) })).toEqual([
      'memory: 16384 MiB by proc, 8192 MiB by systeminformation',
    ]);
    expect(differences({ ...agreeing, memoryBytes: String(16.2 * 2 ** 30) })).toEqual([]);
    expect(differences({ ...agreeing, moduleBytes: String(8 * 2 ** 30) })).toEqual([
      'memory modules: 2 of 16384 MiB together by dmidecode, 1 of 8192 MiB by systeminformation',
    ]);
  });

  it('differ on the number of disks, and name the one', () => {
    expect(differences({ ...agreeing, disk: [agentDisk('sda', 'S1')] })).toEqual([
      'disks: 2 by lsblk, 1 by systeminformation, which does not tell nvme0n1',
    ]);
    const more = [...agreeing.disk, agentDisk('sdx', 'S9')];
    expect(differences({ ...agreeing, disk: more })).toEqual([
      'disks: 2 by lsblk, 3 by systeminformation; only that tells sdx',
    ]);
    expect(differences({ ...agreeing, disk: [agentDisk('sda', 'S9'), agreeing.disk[1] ?? ''] })).toEqual([
      'serial number of sda: S1 by lsblk, S9 by systeminformation',
    ]);
  });

  it('need not both tell a disk without a model, a removable one, or memory as a disk', () => {
    const lsblk = disks(
      disk(),
      disk({ name: 'vdb', serial: null, model: null }),
      disk({ name: 'sdu', rm: true }),
      disk({ name: 'zram0', model: null }),
    );
    const found = [agentDisk('sda', 'S1'), agentDisk('sdu', 'U'), agentDisk('zram0', '')];
    expect(differences({ disk: found }, { lsblk })).toEqual([]);
  });

  it('that tell disks as nothing known tell nothing', () => {
    expect(differences({ disk: 'sda' })).toEqual([
      'disks: 2 by lsblk, 0 by systeminformation, which does not tell sda',
      'disks: 2 by lsblk, 0 by systeminformation, which does not tell nvme0n1',
    ]);
  });
});

describe('an interface', () => {
  const nic = (speed: string, driver: string): string =>
    `eno1 02:00:00:00:00:01 1500 up 1 ${speed} full 0 0 1 physical ${driver}`;
  const link = (told: ToldLines) => linksOf(surveyWith(told))[0];

  it('has from ethtool what sysfs does not tell', () => {
    const told = {
      linkSpeed: 'eno1 25000',
      linkDriver: 'eno1 ice',
      linkFirmware: 'eno1 4.20 0x8001 1.3346.0',
    };
    expect(link({ nic: nic('-1', '-'), ...told })).toMatchObject({
      speedMbits: 25_000,
      driver: 'ice',
      firmware: '4.20 0x8001 1.3346.0',
    });
    expect(link({ nic: nic('10000', 'ixgbe'), ...told })).toMatchObject({
      speedMbits: 10_000,
      driver: 'ixgbe',
    });
  });

  it('has nothing where neither does', () => {
    const told = { linkFirmware: 'eno1 N/A', linkSpeed: ['eno10 1000'] };
    expect(link({ nic: nic('-1', '-'), ...told })).toMatchObject({
      speedMbits: undefined,
      driver: undefined,
      firmware: undefined,
    });
  });
});
