import type { HostHands, HostView } from '../hosts/host.ts';
import type { Play, Playbook } from './playbook.ts';
import { slug } from './slug.ts';

/**
 * Which handlers still have to run is written down on the host, before the change that makes them necessary: a run that is cut
 * off between a change and its handler leaves a note, and the next run finds it.
 */
export async function pendingHandlers(
  host: HostView,
  playbook: Playbook,
  { handlers }: Play,
): Promise<ReadonlySet<string>> {
  if (handlers.length === 0) return new Set();
  const noted = new Set((await host.list(folderOf(playbook))) ?? []);
  return new Set(handlers.map(({ name }) => name).filter((name) => noted.has(slug(name))));
}

export async function noteHandler(host: HostHands, playbook: Playbook, name: string): Promise<void> {
  await host.writeFile(`${folderOf(playbook)}/${slug(name)}`, `${name}\n`, { mode: 0o600 });
}

export async function forgetHandler(host: HostHands, playbook: Playbook, name: string): Promise<void> {
  await host.remove(`${folderOf(playbook)}/${slug(name)}`);
}

function folderOf({ name }: Playbook): string {
  return `/var/lib/perimeter/playbook/${name}/notified`;
}
