import { assertDefect } from '../../base/errors.ts';
import type { HostHands } from '../../hosts/host.ts';
import { baselineText, type Epochs, nextBaseline, readBaseline } from './baseline.ts';
import { lookAtWatched } from './read-watch.ts';
import { guardedPlaces } from './watch-list.ts';
import { watchPaths } from './watch-paths.ts';

/** Records how the watched things of a node are now. `taken`: keys of things that become right by an operator's word. */
export async function recordBaseline(
  host: HostHands,
  epochs: Epochs,
  taken: ReadonlySet<string>,
): Promise<void> {
  const found = await lookAtWatched(host);
  assertDefect(found !== undefined, `${host.name} has no watch yet`);
  const before = readBaseline(await host.readFile(watchPaths.baseline));
  const baseline = nextBaseline({ before, found, epochs, guarded: guardedPlaces, taken });
  await host.writeFile(watchPaths.newBaseline, baselineText(baseline), { mode: 0o600 });
  await host.run([watchPaths.program, 'record'], { timeoutMs: 120_000 });
}
