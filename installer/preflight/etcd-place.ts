import type { Survey } from '../hosts/survey.ts';
import type { SiteNode } from '../site/site.ts';

export const etcdPlace = '/var/lib/etcd';

/** Where writes are measured: on control planes where etcd will keep its data, or the nearest folder above that is there. */
export function writesPlace({ roles }: Pick<SiteNode, 'roles'>): string {
  return roles.includes('control-plane') ? etcdPlace : '/var/lib';
}

/** Whether etcd lies on a file system of its own. */
export function hasEtcdMount(survey: Survey): boolean {
  return survey.values('mount').some((line) => line.startsWith(`${etcdPlace} `));
}

/** Whether etcd gets a disk by the profile which is not mounted yet: what is measured before that is another disk. */
export function awaitsEtcdDisk({ profile }: Pick<SiteNode, 'profile'>, survey: Survey): boolean {
  return profile.filesystems.some(({ mount }) => mount === etcdPlace) && !hasEtcdMount(survey);
}
