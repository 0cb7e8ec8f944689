import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureModel, writeCapture } from '../../../installer/hardware/capture.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { smartOf } from '../../../installer/hardware/disks.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
import type { HostView } from '../../../installer/hosts/host.ts';
import { type Survey, surveyHost } from '../../../installer/hosts/survey.ts';
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
const dmidecode = `#!/bin/sh
case "$*" in
  *system-serial-number) echo '# SMBIOS implementations newer than version 3.5'; echo ACME-0002;;
  *system-product-name) echo 'A1 (gen 2)';;
  *'-qt 17') printf 'Memory Device\\n\\tSize: 16 GB\\nMemory Device\\n\\tSize: No Module Installed\\nMemory Device\\n\\tSize: 16384 MB\\n';;
  *'-qt 16') printf 'Physical Memory Array\\n\\tError Correction Type: Multi-bit ECC\\n';;
esac
`;
const smartctl = `#!/bin/sh
echo '{"smart_status":{"passed":false},"nvme_smart_health_information_log":{"percentage_used":91,"media_errors":3}}'
`;

let folder: string;
let survey: Survey;

/** This machine, as the survey sees it from inside a view of its own in which the server's firmware is there. */
function dressedUp(): HostView {
  const local = localHost('acme');
  const script = [
    `mkdir -p ${folder}/net && mount --rbind /sys/class/net ${folder}/net && mount -t tmpfs none /sys/class`,
    `mkdir -p /sys/class/net /sys/class/dmi && mount --rbind ${folder}/net /sys/class/net && cp -r ${folder}/dmi /sys/class/dmi/id`,
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
  for (const [name, text] of Object.entries({ dmidecode, smartctl })) {
    await writeFile(join(folder, 'bin', name), text);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  survey = await surveyHost(dressedUp());
});
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

  it('can be captured, and is recognised by what was captured', async () => {
    const site = join(folder, 'site');
    await writeCapture(join(site, 'hardware'), captureModel('acme', survey, new Date()), false);
    expect(matchModel(survey, await loadCatalogue(site))).toMatchObject({
      status: 'matched',
      model: { slug: 'acme-inc-a1-gen-2' },
    });
  });
});
