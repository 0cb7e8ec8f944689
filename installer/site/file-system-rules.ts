import type { InventoryFile } from './inventory-file.ts';
import type { Profile } from './profile.ts';
import type { Complain } from './site-rules.ts';

/** A node whose profile gives folders disks of their own must say which machine it is, and what it is asked for by name. */
export function fileSystemRules(
  inventory: InventoryFile | undefined,
  profiles: ReadonlyMap<string, Profile | undefined>,
  complain: Complain,
): void {
  for (const [index, node] of (inventory?.nodes ?? []).entries()) {
    const wanted = node.overrides?.filesystems ?? profiles.get(node.profile)?.filesystems ?? [];
    if (wanted.length === 0) continue;
    const places = wanted.map(({ mount }) => mount).join(', ');
    if (node.identity === undefined)
      complain(
        'inventory',
        ['nodes', index],
        `identity is missing: disks are made into file systems for ${places}, and before that two of serial, uuid and macs must agree`,
      );
    if (node.etcdDeviceHints === undefined && wanted.some(({ disk }) => disk === 'etcd'))
      complain(
        'inventory',
        ['nodes', index],
        `etcdDeviceHints is missing: ${places} is to lie on that disk; for example: etcdDeviceHints: {serialNumber: ...}`,
      );
  }
}
