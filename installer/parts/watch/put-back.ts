import type { HostHands } from '../../hosts/host.ts';
import { watchPaths } from './watch-paths.ts';
import { absent, type WatchDifference } from './watched-state.ts';

/** What will be done about a difference, for plans. */
export function putBackSentence({ kind, name, wanted, found }: WatchDifference): string {
  if (wanted === absent) return `move ${name} aside, which nobody declared`;
  if (kind === 'unit') return `bring the unit ${name} back to ${wanted}; it is ${found}`;
  return found === absent ? `put ${name} back, which is gone` : `put ${name} back as it was recorded`;
}

/** Makes one thing as it was recorded. What is moved aside lies below /var/lib/perimeter/watch/aside on the node. */
export async function putBack(host: HostHands, difference: WatchDifference): Promise<void> {
  const { kind, name, wanted } = difference;
  if (kind === 'unit') await restoreUnit(host, difference);
  else await host.run([watchPaths.program, wanted === absent ? 'aside' : 'put-back', name]);
}

async function restoreUnit(host: HostHands, { name, wanted, found }: WatchDifference): Promise<void> {
  const [wantedState, wantedBoot] = wanted.split(', ');
  const [state, boot] = found.split(', ');
  if (boot === 'masked') await host.run(['systemctl', 'unmask', '--', name]);
  if (wantedBoot !== boot && (wantedBoot === 'enabled' || wantedBoot === 'disabled'))
    await host.run(['systemctl', wantedBoot === 'enabled' ? 'enable' : 'disable', '--', name]);
  if (wantedState !== state)
    await host.run(['systemctl', wantedState === 'running' ? 'start' : 'stop', '--', name]);
}
