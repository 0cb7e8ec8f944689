import { posix } from 'node:path';
import type { HostView } from '../../hosts/host.ts';
import type { Baseline } from './baseline.ts';
import { isWithin, type WatchList } from './watch-list.ts';
import { keyOf, type WatchedState } from './watched-state.ts';

/**
 * Keys of guarded things that were not recorded and yet are no surprise: the link by which systemd starts a declared unit, and, while
 * what is declared has just changed, files of declared packages.
 */
export async function belongingKeys(
  host: HostView,
  list: WatchList,
  {
    baseline,
    found,
    isRedeclared,
  }: { baseline: Baseline | undefined; found: readonly WatchedState[]; isRedeclared: boolean },
): Promise<ReadonlySet<string>> {
  if (baseline === undefined) return new Set();
  const recorded = new Map(baseline.states.map((state) => [keyOf(state), state.value]));
  const surprising = found.filter(
    (state) =>
      state.class === 'guarded' &&
      isWithin(baseline.covers, state) &&
      recorded.get(keyOf(state)) !== state.value,
  );
  const units = new Set(list.declared.filter(({ kind }) => kind === 'unit').map(({ name }) => name));
  const links = surprising.filter(
    ({ name, value }) =>
      /\.(wants|requires)$/.test(posix.dirname(name)) &&
      units.has(posix.basename(name)) &&
      value.startsWith('points to '),
  );
  const files = isRedeclared ? await filesOfPackages(host, list, surprising) : [];
  return new Set([...links, ...files].map(keyOf));
}

async function filesOfPackages(
  host: HostView,
  { declared }: WatchList,
  states: readonly WatchedState[],
): Promise<readonly WatchedState[]> {
  if (states.length === 0) return [];
  const packages = new Set(declared.filter(({ kind }) => kind === 'package').map(({ name }) => name));
  const { stdout } = await host.query(['dpkg-query', '--search', ...states.map(({ name }) => name)], {
    okExitCodes: 'any',
  });
  // "haproxy: /etc/cron.d/haproxy", and several packages parted by commas where they share a folder.
  const owned = new Set(
    stdout.split('\n').flatMap((line) => {
      const at = line.indexOf(': ');
      const owners = line
        .slice(0, Math.max(0, at))
        .split(', ')
        .map((owner) => owner.split(':')[0] ?? '');
      return owners.some((owner) => packages.has(owner)) ? [line.slice(at + 2)] : [];
    }),
  );
  return states.filter(({ name }) => owned.has(name));
}
