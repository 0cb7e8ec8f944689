import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { withLock } from './lock.ts';
import { attempt } from './recipe.ts';

/** Kernel settings that all lab hosts share with the machine: as they were before the first lab, and who still needs them changed. */
const SettingsFile = z.strictObject({ before: z.record(z.string(), z.string()), labs: z.array(z.string()) });
type SettingsRecord = z.infer<typeof SettingsFile>;

/** Raised for the lab: every kubelet, containerd and systemd needs several inotify instances of root's one budget. */
const raised: Readonly<Record<string, number>> = {
  'fs/inotify/max_user_instances': 8192,
  'fs/inotify/max_user_watches': 1_048_576,
};

/** Cleared for the lab: with them the machine's own firewall judges frames between lab hosts. Only there with br_netfilter. */
const cleared = ['iptables', 'ip6tables', 'arptables'].map((name) => `net/bridge/bridge-nf-call-${name}`);

/** Not the lab's wish, but what kubelet or a sysctl playbook inside a host changes for the whole machine. */
const changedFromInside = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'vm/max_map_count',
  'vm/swappiness',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'kernel/pid_max',
  'kernel/sysrq',
  'fs/file-max',
  'fs/inotify/max_queued_events',
];

const recordFile = '/run/perimeter-lab/settings.json';

/** Makes the machine's shared settings fit for lab hosts and remembers the old values once. Safe to repeat. */
export async function holdMachineSettings(labDirectory: string): Promise<void> {
  await withLock('machine-settings', 30_000, async () => {
    // A host would load it later, and with it the settings to clear. Fails where it is built in.
    await attempt`modprobe br_netfilter`;
    const record = (await readRecord()) ?? { before: await readSettings(), labs: [] };
    const labs = [...new Set([...(await existing(record.labs)), labDirectory])];
    await writeFileAtomic(recordFile, JSON.stringify({ before: record.before, labs }));
    for (const [name, least] of Object.entries(raised)) {
      if (Number(await readSetting(name)) < least) await writeSetting(name, String(least));
    }
    for (const name of cleared) {
      if ((await readSetting(name)) === '1') await writeSetting(name, '0');
    }
  });
}

/** Gives up a lab's claim; the last one puts every setting back as it was. */
export async function releaseMachineSettings(labDirectory: string): Promise<void> {
  await withLock('machine-settings', 30_000, async () => {
    const record = await readRecord();
    if (record === undefined) return;
    const labs = (await existing(record.labs)).filter((one) => one !== labDirectory);
    if (labs.length > 0) return writeFileAtomic(recordFile, JSON.stringify({ before: record.before, labs }));
    for (const [name, value] of Object.entries(record.before)) {
      if ((await readSetting(name)) !== value) await writeSetting(name, value);
    }
    await rm('/run/perimeter-lab', { recursive: true });
  });
}

async function readRecord(): Promise<SettingsRecord | undefined> {
  const text = await readFileIfThere(recordFile);
  return text === undefined ? undefined : SettingsFile.parse(JSON.parse(text));
}

/** A lab whose folder somebody removed by hand holds nothing any more. */
async function existing(labs: readonly string[]): Promise<string[]> {
  const checked = await Promise.all(
    labs.map((lab) =>
      access(lab).then(
        () => lab,
        () => undefined,
      ),
    ),
  );
  return checked.filter((lab) => lab !== undefined);
}

async function readSettings(): Promise<Record<string, string>> {
  const before: Record<string, string> = {};
  for (const name of [...Object.keys(raised), ...cleared, ...changedFromInside]) {
    const value = await readSetting(name);
    if (value !== undefined) before[name] = value;
  }
  return before;
}

async function readSetting(name: string): Promise<string | undefined> {
  return (await readFileIfThere(join('/proc/sys', name)))?.trim();
}

async function writeSetting(name: string, value: string): Promise<void> {
  await writeFile(join('/proc/sys', name), value);
}
