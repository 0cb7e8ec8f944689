import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Events, silentEvents, step } from '../base/events.ts';
import { stateDirectory } from '../base/files.ts';
import { mapParallel } from '../base/parallel.ts';
import { cagedHosts, removeLabCgroups } from './host-cage.ts';
import { switchOff } from './host-process.ts';
import { labDirectory, readLab } from './lab-store.ts';
import { withLock } from './lock.ts';
import { releaseMachineSettings } from './machine-settings.ts';
import { unmountBelow } from './mounts.ts';
import { removeNetwork } from './network.ts';

/**
 * Takes a lab away with every process, mount, interface, cgroup and file of it, whatever state it is in: complete, half made
 * by a killed `labUp`, or without its record. Does nothing when there is no such lab. The base file system stays in the cache.
 */
export async function labDown(name: string, events: Events = silentEvents): Promise<void> {
  const lab = { name, directory: labDirectory(name) };
  await step(events, ['lab-down'], `Take lab "${name}" down`, () =>
    withLock(`lab ${lab.directory}`, 10_000, async () => {
      await mapParallel(await hostsOf(lab), 4, (host) => switchOff(lab, { name: host }));
      await removeLabCgroups(lab);
      await unmountBelow(lab.directory);
      await removeNetwork(lab);
      await releaseMachineSettings(lab.directory);
      // Copies that a killed `labUp` still had running may add files for a moment.
      await rm(lab.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      await removeEmptyParents();
    }),
  );
}

/** Hosts known from the record, from folders and from the machine: any of them may be missing. */
async function hostsOf(lab: { readonly name: string; readonly directory: string }): Promise<string[]> {
  const recorded = await readLab(lab.name).catch(() => undefined);
  const folders = await readdir(join(lab.directory, 'hosts')).catch(() => []);
  return [
    ...new Set([...(recorded?.hosts ?? []).map((host) => host.name), ...folders, ...(await cagedHosts(lab))]),
  ];
}

async function removeEmptyParents(): Promise<void> {
  for (let folder = stateDirectory('labs'); folder !== dirname(stateDirectory()); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
