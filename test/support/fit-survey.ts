import { parseFacts } from '../../installer/hosts/parse-facts.ts';
import { parseSurvey, type Survey } from '../../installer/hosts/survey.ts';
import { MemoryMachine } from '../../installer/testkit/memory-machine.ts';

/** `key value` lines; undefined: not told. */
export type ToldLines = Readonly<Record<string, string | readonly string[] | undefined>>;

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** One disk as lsblk tells it. */
export function disk(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'sda',
    type: 'disk',
    size: 480e9,
    rota: false,
    rm: false,
    serial: 'S1',
    model: 'Flash',
    ...more,
  };
}

export const disks = (...of: readonly Record<string, unknown>[]): string => base64({ blockdevices: of });
export const smart = (value: unknown, name = 'sda'): string => `${name} ${base64(value)}`;

const wellDisk = {
  smart_status: { passed: true },
  nvme_smart_health_information_log: { percentage_used: 3, media_errors: 0 },
};

/** Told by a server of which everything is known and good. */
function fitLines(index: number, address: string): ToldLines {
  const machine = new MemoryMachine();
  const octet = String(index).padStart(2, '0');
  return {
    ...machine.facts,
    ...machine.survey,
    surveyed: 'yes',
    hostname: `n${index}`,
    bootId: `boot-${index}`,
    machineId: `${index}`.repeat(32),
    governor: 'performance',
    cpusOnline: '0-3',
    cpusPresent: '0-3',
    throttled: ['0', '0'],
    microcode: '0x1',
    uncorrected: '0',
    corrected: '0',
    edac: 'mc0',
    dimm: ['8 GB', '8 GB'],
    hugePages: '0',
    hugePageKib: '2048',
    overcommit: '1',
    lsblk: disks(disk(), disk({ name: 'nvme0n1', serial: 'S2', size: 960e9 })),
    rootDisk: 'sda',
    dataDisk: 'sda',
    smart: ['sda', 'nvme0n1'].map((name) => smart(wellDisk, name)),
    raid: '[UU]',
    ext4Errors: '0',
    nic: `eno1 02:00:00:00:00:${octet} 1500 up 1 10000 full 0 0 1000000 physical ixgbe`,
    address: [`lo 127.0.0.1/8`, `eno1 ${address}/24`],
    entropy: '256',
    seccomp: '2',
    seccompActions: 'kill_process kill_thread trap errno log allow',
    apparmor: 'Y',
    tainted: '0',
    ipForward: '0',
    ipForwardSettable: 'yes',
    conntrackMax: '262144',
    'system.serial': [`SER-${index}`, `SER-${index}`],
    'system.uuid': `4c4c4544-0000-4000-8000-0000000000${octet}`,
    'system.manufacturer': 'Acme',
    'system.model': 'A1',
    'bios.version': '2.1',
    firmware: 'uefi',
    secureBoot: '1',
    tpm: '2',
    bmc: 'ipmi',
    bmcFirmware: '3.88',
    virtualisation: 'none',
    container: 'none',
    kubeRules: '0',
    dropRules: '0',
    CanNTP: 'yes',
    NTPSynchronized: 'yes',
    rtcSeconds: '1000',
    clockSeconds: '1000',
    activeUnit: 'chrony.service',
  };
}

/** What a fit server tells, but for the lines given. */
export function surveyWith(told: ToldLines = {}, index = 1, address = '10.77.0.11'): Survey {
  const lines = Object.entries({ ...fitLines(index, address), ...told }).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${key} ${one}`),
  );
  const text = `clock 1000000000\n${lines.join('\n')}\nclock 1000000000\n`;
  return parseSurvey(parseFacts(text, 1000, 1000), text);
}
