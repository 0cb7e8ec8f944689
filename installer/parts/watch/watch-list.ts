import type { WatchedThing } from '../../playbook/module.ts';
import type { WatchClass } from './watched-state.ts';

/** A line of the list: a thing, or a place in which there are things (`tree`, `keys`). */
export type Watched = WatchedThing | { readonly kind: 'tree' | 'keys'; readonly name: string };

export interface WatchList {
  readonly node: string;
  readonly declared: readonly Watched[];
  readonly kept: readonly Watched[];
}

/** Where whoever wants to stay on a host, or to change how it runs, leaves something. */
export const guardedPlaces: readonly Watched[] = [
  { kind: 'keys', name: '' },
  ...[
    '/etc/systemd/system',
    '/usr/local/lib/systemd/system',
    '/etc/cron.d',
    '/etc/cron.hourly',
    '/etc/cron.daily',
    '/etc/cron.weekly',
    '/etc/cron.monthly',
    '/var/spool/cron',
    '/etc/sudoers.d',
    '/etc/ssh/sshd_config.d',
    '/etc/sysctl.d',
    '/etc/modules-load.d',
    '/etc/modprobe.d',
    '/etc/profile.d',
    '/etc/containerd',
  ].map((name): Watched => ({ kind: 'tree', name })),
  ...['/etc/crontab', '/etc/sudoers', '/etc/ssh/sshd_config', '/etc/ld.so.preload', '/etc/rc.local'].map(
    (name): Watched => ({ kind: 'file', name }),
  ),
];

/** As it lies on the node. A thing that stands in several classes belongs to the first, so this order matters. */
export function listText({ node, declared, kept }: WatchList): string {
  const lines = (watchClass: WatchClass, things: readonly Watched[]): string[] =>
    [...new Set(things.map(({ kind, name }) => `${watchClass}\t${kind}\t${name}`))].toSorted();
  return `${[`node\tname\t${node}`, ...lines('declared', declared), ...lines('kept', kept), ...lines('guarded', guardedPlaces)].join('\n')}\n`;
}

/** Whether a thing lies in one of these places. */
export function isWithin(
  places: readonly Watched[],
  { kind, name }: { kind: string; name: string },
): boolean {
  return places.some((place) => {
    if (place.kind === 'tree') return kind === 'file' && name.startsWith(`${place.name}/`);
    if (place.kind === 'keys') return kind === 'file' && /\/\.ssh\/authorized_keys2?$/.test(name);
    return place.kind === kind && place.name === name;
  });
}
