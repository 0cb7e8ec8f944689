import type { FileSystem } from '../site/file-systems.ts';
import type { DeviceHints } from '../site/node-hardware.ts';
import type { SiteNode } from '../site/site.ts';
import { chooseDisk, type DiskChoice } from './choose-disk.ts';
import { type Disk, describeDisk } from './disks.ts';

/** The disk on which a file system of a node's profile is to lie, with the hints by which it was looked for. */
export function fileSystemDisk(
  { disk }: FileSystem,
  { hardware }: SiteNode,
  disks: readonly Disk[],
): DiskChoice & { readonly hints: DeviceHints } {
  const hints = disk === 'etcd' ? (hardware?.etcdDeviceHints ?? {}) : disk;
  return { ...chooseDisk(hints, disks), hints };
}

/** In words: which file systems of a node's profile would lie on a disk that another one above them gets already. */
export function sharedDisks(node: SiteNode, disks: readonly Disk[]): readonly string[] {
  const chosen = node.profile.filesystems.flatMap((wanted) => {
    const { disk } = fileSystemDisk(wanted, node, disks);
    return disk === undefined ? [] : { mount: wanted.mount, disk };
  });
  return chosen.flatMap((one) => {
    const first = chosen.find(({ disk }) => disk.name === one.disk.name) ?? one;
    return first === one ? [] : `${first.mount} and ${one.mount} would both lie on ${describeDisk(one.disk)}`;
  });
}
