import { describe, expect, it } from 'vitest';
import { placeFileSystems } from '../../../../installer/parts/node/place-file-systems.ts';
import type { FileSystem } from '../../../../installer/site/file-systems.ts';
import type { SiteNode } from '../../../../installer/site/site.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { disk, disks } from '../../../support/fit-survey.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const site = sampleSite();
const own = (mount: string, wanted: FileSystem['disk']): FileSystem => ({
  mount,
  disk: wanted,
  type: 'ext4',
  options: 'noatime',
});
const etcd = own('/var/lib/etcd', 'etcd');

interface Place {
  readonly filesystems: readonly FileSystem[];
  readonly hardware?: SiteNode['hardware'];
  readonly listed?: readonly Record<string, unknown>[];
  /** What the folder holds that is to be mounted. */
  readonly hidden?: string;
}

const two = [disk({ name: 'sda', serial: 'S1', mountpoint: '/' }), disk({ name: 'sdb', serial: 'S2' })];
const machine = {
  identity: { serial: 'SER-1', uuid: '4c4c4544-0000-4000-8000-000000000001' },
  etcdDeviceHints: { serialNumber: 'S2' },
};

const place = ({ filesystems, hardware = machine, listed = two, hidden = '' }: Place) => {
  const [first] = site.nodes;
  const host = new MemoryHost({
    name: 'n1',
    commands: { 'what-would-be-hidden': () => ({ stdout: hidden }) },
  });
  host.machine.survey = {
    ...host.machine.survey,
    'system.serial': 'SER-1',
    'system.uuid': '4c4c4544-0000-4000-8000-000000000001',
    lsblk: disks(...listed),
    diskLink: ['sdb /dev/disk/by-path/pci-1', 'sdb /dev/disk/by-id/ata-x', 'sdb /dev/disk/by-id/wwn-0x5'],
  };
  const node = { ...first, hardware, profile: { ...first?.profile, filesystems } } as SiteNode;
  return { host, placed: placeFileSystems(site, node, host) };
};

describe('a disk of its own for a folder', () => {
  it('is found by the hints of the node, and named by what stays the same over a boot', async () => {
    const [placed] = await place({ filesystems: [etcd] }).placed;
    expect(placed).toMatchObject({
      mount: '/var/lib/etcd',
      device: '/dev/disk/by-id/wwn-0x5',
      type: 'ext4',
      options: 'noatime',
    });
    expect(placed?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('has another UUID in another place, and always the same in the same', async () => {
    const uuid = async (mount: string) =>
      (await place({ filesystems: [own(mount, { serialNumber: 'S2' })] }).placed)[0]?.uuid;
    expect(await uuid('/srv/a')).toBe(await uuid('/srv/a'));
    expect(await uuid('/srv/a')).not.toBe(await uuid('/srv/b'));
  });

  it('a node without any is not even looked at', async () => {
    const { host, placed } = place({ filesystems: [] });
    expect(await placed).toEqual([]);
    expect(host.queries).toEqual([]);
  });

  it.each<[string, Place, string]>([
    [
      'the machine is another one',
      { filesystems: [etcd], hardware: { ...machine, identity: { ...machine.identity, serial: 'SER-9' } } },
      'it is not certain that this is the machine which is meant: serial is SER-1, not SER-9',
    ],
    [
      'the inventory names no identity',
      { filesystems: [etcd], hardware: { etcdDeviceHints: { serialNumber: 'S2' } } },
      'the inventory names no identity',
    ],
    [
      'no disk fits',
      { filesystems: [own('/srv', { serialNumber: 'S9' })] },
      'no disk fits {"serialNumber":"S9"} for /srv; there is sda (S1, 480 GB), sdb (S2, 480 GB)',
    ],
    ['two disks fit', { filesystems: [own('/srv', { rotational: false })] }, '2 disks fit'],
    [
      'the disk of the system fits',
      { filesystems: [own('/srv', { serialNumber: 'S1' })] },
      'sda (S1, 480 GB) is meant for /srv, but it carries /',
    ],
    [
      'two folders want the same disk',
      { filesystems: [etcd, own('/srv', { serialNumber: 'S2' })] },
      '/var/lib/etcd and /srv would both lie on sdb',
    ],
    [
      'something lies in the folder',
      { filesystems: [etcd], hidden: '/var/lib/etcd/member\n' },
      '/var/lib/etcd is to become a disk of its own, but it is not empty: /var/lib/etcd/member',
    ],
  ])('is refused where %s', async (_what, setup, words) => {
    const { host, placed } = place(setup);
    await expect(placed).rejects.toMatchObject({
      code: 'E_CHECK_REFUSED',
      message: expect.stringContaining(words),
    });
    expect(host.changes).toEqual([]);
  });
});
