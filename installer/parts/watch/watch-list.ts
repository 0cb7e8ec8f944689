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
    // Programs that make units of their own at every boot.
    '/etc/systemd/system-generators',
    '/usr/local/lib/systemd/system-generators',
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
    '/etc/pam.d',
    '/etc/udev/rules.d',
    // Not all of /etc/apt: auth.conf holds passwords, and of what is guarded the watch keeps copies.
    '/etc/apt/apt.conf.d',
    '/etc/apt/keyrings',
    '/etc/apt/preferences.d',
    '/etc/apt/sources.list.d',
    '/etc/apt/trusted.gpg.d',
    '/etc/containerd',
  ].map((name): Watched => ({ kind: 'tree', name })),
  ...[
    '/etc/apt/apt.conf',
    '/etc/apt/preferences',
    '/etc/apt/sources.list',
    '/etc/crontab',
    '/etc/ld.so.preload',
    '/etc/rc.local',
    '/etc/ssh/sshd_config',
    '/etc/sudoers',
  ].map((name): Watched => ({ kind: 'file', name })),
];

/**
 * Who is known to the host. Packages and playbooks make accounts, so these are recorded anew whenever something else is declared. Not
 * /etc/shadow: the watch keeps copies of what it may have to put back, and of passwords there must be none.
 */
const accountFiles = ['/etc/passwd', '/etc/group'].map((name): Watched => ({ kind: 'file', name }));

/** As it lies on the node. A thing that stands in several classes belongs to the first, so this order matters. */
export function listText({ node, declared, kept }: WatchList): string {
  const lines = (watchClass: WatchClass, things: readonly Watched[]): string[] =>
    [...new Set(things.map(({ kind, name }) => `${watchClass}\t${kind}\t${name}`))].toSorted();
  return `${[`node\tname\t${node}`, ...lines('declared', [...declared, ...accountFiles]), ...lines('kept', kept), ...lines('guarded', guardedPlaces)].join('\n')}\n`;
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
