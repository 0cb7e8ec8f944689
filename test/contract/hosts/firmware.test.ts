import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import { captureModel, writeCapture } from '../../../installer/hardware/capture.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { smartOf } from '../../../installer/hardware/disks.ts';
import { linksOf } from '../../../installer/hardware/links.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
import type { HostView } from '../../../installer/hosts/host.ts';
import { type Survey, surveyHost } from '../../../installer/hosts/survey.ts';
import { readToolOutputs } from '../../../installer/hosts/tool-outputs.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';

/** What the firmware of a made-up server says: its sysfs files, and the tools that read its tables and disks. */
const tables = {
  sys_vendor: 'Acme, Inc.',
  product_name: 'A1 (gen 2)',
  product_serial: 'ACME-0001',
  product_uuid: '4c4c4544-0000-4000-8000-000000000001',
  board_vendor: 'To Be Filled By O.E.M.',
  bios_version: '2.1',
  bios_date: '01/02/2026',
};
/** Its interfaces: one whose driver keeps its speed to itself, one that tells it, one that does not answer. */
const links = {
  eno1: { address: '02:00:00:00:00:01', mtu: '1500', speed: '-1' },
  eno2: { address: '02:00:00:00:00:02', mtu: '1500', speed: '10000' },
  slow1: { address: '02:00:00:00:00:03', mtu: '1500', speed: '1000' },
};
const dmidecode = `#!/bin/sh
case "$*" in
  *system-serial-number) echo '# SMBIOS implementations newer than version 3.5'; echo ACME-0002;;
  *system-product-name) echo 'A1 (gen 2)';;
  --version) echo 3.4;;
  '-t 0,1,2,3,4,16,17') printf 'System Information\\n\\tSerial Number: ACME-0002\\n\\tVersion: 2\\nMemory Device\\n\\tSize: 16 GB\\n\\tSerial Number: HIDDEN-1\\n';;
  *'-qt 17') printf 'Memory Device\\n\\tSize: 16 GB\\nMemory Device\\n\\tSize: No Module Installed\\nMemory Device\\n\\tSize: 16384 MB\\n';;
  *'-qt 16') printf 'Physical Memory Array\\n\\tError Correction Type: Multi-bit ECC\\n';;
esac
`;
/** One that a driver which tells nothing would have; of another it would hang for longer than anybody waits. */
const ethtool = `#!/bin/sh
case "$*" in
  --version) echo 'ethtool version 6.1';;
  '-i slow1') sleep 60;;
  '-i eno1') printf 'driver: madeup\\nversion: 6.1.0\\nfirmware-version: 1.2 0x800\\nbus-info: 0000:01:00.0\\n';;
  '-i '*) printf 'driver: other\\nfirmware-version: N/A\\n';;
  eno1) printf 'Settings for eno1:\\n\\tSpeed: 25000Mb/s\\n\\tDuplex: Full\\n';;
  *) printf 'Settings:\\n\\tSpeed: Unknown!\\n';;
esac
`;
const smartctl = `#!/bin/sh
[ "$1" = --version ] && echo 'smartctl 7.3' && exit
echo '{"serial_number":"HIDDEN-2","wwn":{"id":1},"smart_status":{"passed":false},"nvme_smart_health_information_log":{"percentage_used":91,"media_errors":3}}'
`;

let folder: string;
let host: HostView;
let survey: Survey;

/** This machine, as the survey sees it from inside a view of its own in which the server's firmware is there. */
function dressedUp(): HostView {
  const local = localHost('acme');
  const script = [
    `mount -t tmpfs none /sys/class && mkdir -p /sys/class/dmi`,
    `cp -r ${folder}/net /sys/class/net && cp -r ${folder}/dmi /sys/class/dmi/id`,
    `PATH=${folder}/bin:$PATH exec "$@"`,
  ].join(' && ');
  const query: HostView['query'] = (argv, options) =>
    local.query(['unshare', '--mount', 'sh', '-c', script, 'dress-up', ...argv], options);
  return Object.create(local, { query: { value: query } }) as HostView;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-firmware-'));
  await mkdir(join(folder, 'dmi'));
  await mkdir(join(folder, 'bin'));
  for (const [name, text] of Object.entries(tables)) await writeFile(join(folder, 'dmi', name), `${text}\n`);
  for (const [link, files] of Object.entries(links)) {
    await mkdir(join(folder, 'net', link, 'device'), { recursive: true });
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, 'net', link, name), `${text}\n`);
  }
  for (const [name, text] of Object.entries({ dmidecode, ethtool, smartctl })) {
    await writeFile(join(folder, 'bin', name), text);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  host = dressedUp();
  survey = await surveyHost(host);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a machine with firmware tables, through the real survey', () => {
  it('tells what they say, by whom, and that the collectors differ', () => {
    expect(survey.of('system.serial')).toEqual([
      { key: 'system.serial', collector: 'sysfs', raw: 'ACME-0001', value: 'ACME-0001' },
      { key: 'system.serial', collector: 'dmidecode', raw: 'ACME-0002', value: 'ACME-0002' },
    ]);
    expect(survey.of('board.manufacturer')[0]).toMatchObject({
      raw: 'To Be Filled By O.E.M.',
      value: undefined,
    });
    expect(survey.one('firmware')).toBe('bios');
  });

  it('tells its memory modules without the empty places, and their error correction', () => {
    expect(survey.values('dimm')).toEqual(['16 GB', '16384 MB']);
    expect(survey.one('ecc')).toBe('Multi-bit ECC');
  });

  it('tells what its disks say of their health', () => {
    const told = smartOf(survey);
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ passed: false, usedPercent: 91, mediaErrors: 3 });
  });

  it('tells by ethtool what sysfs does not, and waits for no driver that hangs', () => {
    expect(survey.of('linkSpeed')).toEqual([
      { key: 'linkSpeed', collector: 'ethtool', raw: 'eno1 25000', value: 'eno1 25000' },
    ]);
    const [first, second, slow] = linksOf(survey);
    expect(first).toMatchObject({
      name: 'eno1',
      speedMbits: 25_000,
      driver: 'madeup',
      firmware: '1.2 0x800',
    });
    expect(second).toMatchObject({ name: 'eno2', speedMbits: 10_000, driver: 'other', firmware: undefined });
    expect(slow).toMatchObject({ name: 'slow1', speedMbits: 1000, firmware: undefined });
  });

  it('can be captured, and is recognised by what was captured', async () => {
    const site = join(folder, 'site');
    const outputs = await readToolOutputs(host);
    const captured = captureModel('acme', { survey, outputs }, new Date());
    await writeCapture(join(site, 'hardware'), captured, false);
    const evidence = captured.files.get('evidence/acme-inc-a1-gen-2.json') ?? '';
    const { outputs: kept } = JSON.parse(evidence) as { outputs: typeof outputs };
    for (const collector of ['dmidecode', 'ethtool', 'lsblk', 'smartctl'])
      expect(kept.filter((output) => output.collector === collector).length, collector).toBeGreaterThan(0);
    expect(kept.find(({ collector }) => collector === 'dmidecode')).toEqual({
      collector: 'dmidecode',
      command: 'dmidecode -t 0,1,2,3,4,16,17',
      tool: { path: join(folder, 'bin', 'dmidecode'), version: '3.4', sha256: hexOf(digestOf(dmidecode)) },
      text: 'System Information\n\tSerial Number: (left out)\n\tVersion: 2\nMemory Device\n\tSize: 16 GB\n\tSerial Number: (left out)',
    });
    for (const own of ['HIDDEN', 'ACME-0001', 'ACME-0002', '02:00:00:00:00:01'])
      expect(evidence).not.toContain(own);
    expect(matchModel(survey, await loadCatalogue(site))).toMatchObject({
      status: 'matched',
      model: { slug: 'acme-inc-a1-gen-2' },
    });
  }, 120_000);
});
