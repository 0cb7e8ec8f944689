import type { FileSystem } from '../site/file-systems.ts';
import type { DeviceHints } from '../site/node-hardware.ts';
import type { SiteNode } from '../site/site.ts';
import { chooseDisk, type DiskChoice } from './choose-disk.ts';
import type { Disk } from './disks.ts';

/** The disk on which a file system of a node's profile is to lie, with the hints by which it was looked for. */
export function fileSystemDisk(
  { disk }: FileSystem,
  { hardware }: SiteNode,
  disks: readonly Disk[],
): DiskChoice & { readonly hints: DeviceHints } {
  const hints = disk === 'etcd' ? (hardware?.etcdDeviceHints ?? {}) : disk;
  return { ...chooseDisk(hints, disks), hints };
}
