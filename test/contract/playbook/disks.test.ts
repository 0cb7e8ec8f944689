import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHost } from '../../../installer/hosts/single-host.ts';
import { expectDone, failureOf, playbookOf, runOn } from './playbook-run.ts';

const host = openHost('localhost');
const uuid = '11111111-2222-8333-8444-555555555555';
const ownDisk = () =>
  playbookOf([`name: A disk\nfilesystem: {dev: '{{device}}', fstype: ext4, uuid: ${uuid}}`]);

/** A block device of the kernel's own, with a file below it. */
function loopDevice(): { readonly device: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'perimeter-loop-'));
  const file = join(folder, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 32 << 20);
  const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
  return {
    device,
    [Symbol.dispose]() {
      execFileSync('losetup', ['--detach', device]);
      rmSync(folder, { recursive: true });
    },
  };
}

const told = (device: string): string => execFileSync('blkid', ['--probe', device], { encoding: 'utf8' });

describe('a real block device', () => {
  it('becomes a file system with the UUID that was asked for, once', async () => {
    using disk = loopDevice();
    await expectDone(host, await ownDisk(), { device: disk.device });
    expect(told(disk.device)).toContain(`UUID="${uuid}"`);
    expect(told(disk.device)).toContain('TYPE="ext4"');
    execFileSync('e2fsck', ['-fn', disk.device]);
  });

  it('is left alone when it carries a file system of somebody else', async () => {
    using disk = loopDevice();
    execFileSync('mkfs.ext4', ['-q', '-L', 'precious', disk.device]);
    const before = told(disk.device);
    const { told: words } = failureOf(
      await runOn(host, await ownDisk(), { variables: { device: disk.device } }),
    );
    expect(words).toContain('it carries ext4 (precious) and is not wiped by itself');
    expect(words).toContain(`wipefs --all ${disk.device}`);
    expect(told(disk.device)).toBe(before);
  });

  it('is left alone when somebody made one between the look and the work', async () => {
    using disk = loopDevice();
    const { told: words } = failureOf(
      await runOn(host, await ownDisk(), {
        variables: { device: disk.device },
        before: () => void execFileSync('mkfs.ext4', ['-q', '-L', 'quicker', disk.device]),
      }),
    );
    expect(words).toContain('it carries ext4 (quicker) and is not wiped by itself');
    expect(told(disk.device)).toContain('LABEL="quicker"');
  });
});
