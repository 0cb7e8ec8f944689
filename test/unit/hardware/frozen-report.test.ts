import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unfreezeHardware } from '../../../installer/actions/freeze-hardware.ts';
import { type Digest, digestOf } from '../../../installer/base/digest.ts';
import { makePrivateKey, type Signer, signerOf } from '../../../installer/base/signature.ts';
import { journalPath } from '../../../installer/engine/journal.ts';
import { compareMachines } from '../../../installer/hardware/compare-machines.ts';
import {
  freezeReport,
  readFrozenReport,
  rememberFrozenReport,
} from '../../../installer/hardware/frozen-report.ts';
import { machineReport } from '../../../installer/hardware/machine-report.ts';
import type { Site } from '../../../installer/site/site.ts';
import { disk, disks, surveyWith, type ToldLines } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { folderOf } from './catalogue-folder.ts';

const report = (told: ToldLines = {}) => machineReport('n1', surveyWith(told));
const differences = (told: ToldLines, before: ToldLines = {}): string[] =>
  compareMachines(report(before), report(told)).map(
    ({ item, frozen, found }) => `${item}: ${frozen} -> ${found}`,
  );
const twins = (...serials: (string | null)[]): ToldLines => ({
  lsblk: disks(...serials.map((serial, index) => disk({ name: `sd${'abc'[index]}`, serial, size: 480e9 }))),
});

describe('what changed of a machine', () => {
  it('is nothing when nothing did, whatever the order and the names that the kernel gives', () => {
    expect(differences({})).toEqual([]);
    expect(differences(twins('B', 'A'), twins('A', 'B'))).toEqual([]);
  });

  it('is a swapped disk, by its serial number', () => {
    expect(differences(twins('A', 'C'), twins('A', 'B'))).toEqual([
      'disk: Flash B (480 GB) -> gone',
      'disk: not there -> Flash C (480 GB)',
    ]);
  });

  it('is one of two equal disks that is gone', () => {
    expect(differences(twins(null), twins(null, null))).toEqual([
      'disk: Flash without serial number (480 GB) -> gone',
    ]);
  });

  it('is a memory module, but not what a newer kernel keeps for itself', () => {
    expect(differences({ memoryKib: String(8 * 1024 * 1024) })).toEqual(['memory: 16384 MiB -> 8192 MiB']);
    expect(differences({ memoryKib: String(16_200 * 1024) })).toEqual([]);
  });

  it('is firmware, serial number, interface', () => {
    const nic = 'eno1 02:00:00:00:00:99 1500 up 1 10000 full 0 0 1 physical ixgbe';
    expect(differences({ 'bios.version': '2.2', 'system.serial': 'SER-9', nic })).toEqual([
      'serial: SER-1 -> SER-9',
      'biosVersion: 2.1 -> 2.2',
      'interface: 02:00:00:00:00:01 -> gone',
      'interface: not there -> 02:00:00:00:00:99',
    ]);
  });

  it('is not what was never told before, but what is no longer told', () => {
    expect(differences({}, { 'system.serial': undefined })).toEqual([]);
    expect(differences({ 'system.serial': 'Default string' })).toEqual(['serial: SER-1 -> not told']);
  });
});

describe('a frozen report', () => {
  const builder = signerOf(makePrivateKey(undefined), undefined);
  const stranger = signerOf(makePrivateKey(undefined), undefined);
  const siteAt = (directory: string): Site => ({
    ...sampleSite(directory),
    trust: { bundleKeys: [{ name: 'builder', publicKey: builder.publicKey }], importerKeys: [] },
  });
  const frozen = async (signer: Signer = builder): Promise<{ site: Site; file: string; digest: Digest }> => {
    const site = siteAt(await folderOf());
    return { site, ...(await freezeReport(site, [report()], signer, new Date('2026-06-01T00:00:00Z'))) };
  };

  it('is read back as it was signed, with a digest', async () => {
    const { site, digest } = await frozen();
    const read = await readFrozenReport(site);
    expect(read?.payload).toMatchObject({
      site: 'test',
      at: '2026-06-01T00:00:00.000Z',
      machines: [report()],
    });
    expect(read?.digest).toBe(digest);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await readFrozenReport(siteAt(await folderOf()))).toBeUndefined();
  });

  it('is not believed after a single word was changed', async () => {
    const { site, file } = await frozen();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('SER-1', 'SER-2'));
    await expect(readFrozenReport(site)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
    await writeFile(file, text.slice(0, -20));
    await expect(readFrozenReport(site)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
  });

  it('is neither written nor believed by a key that the site does not name', async () => {
    await expect(frozen(stranger)).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
    const { site } = await frozen();
    const other = {
      ...site,
      trust: { bundleKeys: [{ name: 'x', publicKey: stranger.publicKey }], importerKeys: [] },
    };
    await expect(readFrozenReport(other)).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
  });

  it('is not that of another site', async () => {
    const { site, file } = await frozen();
    const other = { ...site, name: 'other', directory: await folderOf() };
    await writeFile(join(other.directory, 'hardware-report.json'), await readFile(file));
    await expect(readFrozenReport(other)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
  });
});

describe('a frozen report that is gone', () => {
  const signer = signerOf(makePrivateKey(undefined), undefined);
  const trust = { bundleKeys: [{ name: 'builder', publicKey: signer.publicKey }], importerKeys: [] };
  const newSite = async (): Promise<Site> => ({ ...sampleSite(await folderOf()), trust });
  const reportOf = ({ directory }: Site): string => join(directory, 'hardware-report.json');
  const freezeOn = async (site: Site, day: string): Promise<string> => {
    await freezeReport(site, [report()], signer, new Date(`${day}T00:00:00Z`));
    return await readFile(reportOf(site), 'utf8');
  };

  it('is missed, with both ways out', async () => {
    const site = await newSite();
    await freezeOn(site, '2026-06-01');
    await rm(reportOf(site));
    await expect(readFrozenReport(site)).rejects.toMatchObject({
      code: 'E_STATEMENT_INVALID',
      message: expect.stringContaining('is gone; the machines were frozen on 2026-06-01T00:00:00.000Z'),
      hint: expect.stringMatching(/hardware freeze .*\n.*hardware unfreeze .* --reason/),
    });
  });

  it('is no longer missed once it is frozen anew', async () => {
    const site = await newSite();
    await freezeOn(site, '2026-06-01');
    await rm(reportOf(site));
    await freezeOn(site, '2026-06-02');
    expect((await readFrozenReport(site))?.payload.at).toBe('2026-06-02T00:00:00.000Z');
  });

  it('is not replaced by an older one, but by a newer one of somebody else', async () => {
    const [site, elsewhere] = [await newSite(), await newSite()];
    await freezeOn(site, '2026-06-02');
    await writeFile(reportOf(site), await freezeOn(elsewhere, '2026-06-01'));
    await expect(readFrozenReport(site)).rejects.toMatchObject({
      code: 'E_STATEMENT_INVALID',
      message: expect.stringContaining(
        'is of 2026-06-01T00:00:00.000Z, but the machines were frozen on 2026-06-02',
      ),
    });
    await writeFile(reportOf(site), await freezeOn(elsewhere, '2026-06-03'));
    expect(await readFrozenReport(site)).toBeDefined();
  });

  it('is missed also where it came from elsewhere, once the site was changed with it', async () => {
    const [site, elsewhere] = [await newSite(), await newSite()];
    await rememberFrozenReport(site);
    expect(await readFrozenReport(site)).toBeUndefined();
    await writeFile(reportOf(site), await freezeOn(elsewhere, '2026-06-01'));
    await rememberFrozenReport(site);
    await writeFile(reportOf(site), 'damaged');
    await rememberFrozenReport(site);
    await rm(reportOf(site));
    await expect(readFrozenReport(site)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
  });

  it('is told of where what the site knows of it is damaged', async () => {
    const site = await newSite();
    await freezeOn(site, '2026-06-01');
    await writeFile(join(site.directory, '.perimeter', 'frozen-hardware.json'), '{}');
    await expect(readFrozenReport(site)).rejects.toMatchObject({ code: 'E_SITE_INVALID' });
  });

  it('is given up on purpose, and the journal keeps what and why', async () => {
    const site = await newSite();
    const before = await readFrozenReport(site);
    expect(before).toBeUndefined();
    await expect(unfreezeHardware(site, 'no reason')).rejects.toMatchObject({ code: 'E_USAGE' });
    await freezeOn(site, '2026-06-01');
    const digest = (await readFrozenReport(site))?.digest;
    await unfreezeHardware(site, 'CHG-1050');
    expect(await readFrozenReport(site)).toBeUndefined();
    await expect(readFile(reportOf(site))).rejects.toMatchObject({ code: 'ENOENT' });
    const journal = await readFile(journalPath(site.directory), 'utf8');
    expect(JSON.parse(journal)).toMatchObject({
      event: 'hardware-unfrozen',
      digest,
      at: '2026-06-01T00:00:00.000Z',
      reason: 'CHG-1050',
      by: expect.any(String),
    });
  });

  it('is given up under the same digest where it came from elsewhere, and nothing was kept of it yet', async () => {
    const [site, elsewhere] = [await newSite(), await newSite()];
    await writeFile(reportOf(site), await freezeOn(elsewhere, '2026-06-01'));
    const digest = (await readFrozenReport(site))?.digest;
    expect(await unfreezeHardware(site, 'CHG-1052')).toEqual({ digest, at: '2026-06-01T00:00:00.000Z' });
  });

  it('is given up also when it cannot be believed', async () => {
    const site = await newSite();
    await writeFile(reportOf(site), 'damaged');
    await expect(readFrozenReport(site)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
    expect(await unfreezeHardware(site, 'CHG-1051')).toEqual({ fileDigest: digestOf('damaged') });
    expect(await readFrozenReport(site)).toBeUndefined();
  });
});
