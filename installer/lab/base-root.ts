import { mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { canonicalJson, digestOf, hexOf } from '../base/digest.ts';
import type { Distribution } from '../base/distributions.ts';
import { type Events, step } from '../base/events.ts';
import { cacheDirectory, readFileIfThere } from '../base/files.ts';
import { readPackageSources } from '../base/package-sources.ts';
import { withLock } from './lock.ts';
import { recipeWith } from './recipe.ts';

/**
 * What a bare host has: an ordinary minimal system with systemd and sshd. Everything else a node needs must come from the
 * bundle. udev stays out on purpose: inside a lab host it would handle the machine's own devices.
 */
const definition = {
  variant: 'minbase',
  packages: ['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'iproute2', 'procps', 'kmod'],
  leftOut: ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*', '/usr/share/info/*'],
  tidying: 2,
} as const;

/** Every Ubuntu has apt, though its archive does not say that a minimal one must. */
function definitionOf({ suite, origin }: Distribution) {
  const packages = origin === 'Ubuntu' ? [...definition.packages, 'apt'] : definition.packages;
  return { suite, ...definition, packages };
}

export function baseRootDirectory(distribution: Distribution): string {
  const digest = digestOf(canonicalJson(definitionOf(distribution)));
  return cacheDirectory('lab', `base-${hexOf(digest).slice(0, 12)}`);
}

/** Makes the base file system of lab hosts unless the cache has it, and returns its folder. About 30 s and 170 MB, once. */
export async function ensureBaseRoot(
  distribution: Distribution,
  events: Events,
  signal?: AbortSignal,
): Promise<string> {
  const folder = baseRootDirectory(distribution);
  if (await isComplete(folder)) return folder;
  const title = `Make the lab hosts' ${distribution.title} from this machine's package sources`;
  await step(events, ['base-root'], title, () =>
    withLock(`base-root ${folder}`, 600_000, async () => {
      if (await isComplete(folder)) return;
      await removePartial(folder);
      await build(distribution, `${folder}.partial-${process.pid}`, folder, signal);
    }),
  );
  return folder;
}

async function build(
  distribution: Distribution,
  partial: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const sources = `${partial}.list`;
  const settings = `${partial}.apt`;
  const { suite, packages } = definitionOf(distribution);
  const archive = await readPackageSources(suite, signal);
  try {
    await writeFile(sources, `${archive.lines.join('\n')}\n`, { mode: 0o600 });
    await writeFile(settings, archive.settings, { mode: 0o600 });
    const options = [
      '--mode=root',
      '--format=directory',
      `--variant=${definition.variant}`,
      `--include=${packages.join(',')}`,
      `--aptopt=${settings}`,
      ...definition.leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ];
    await recipeWith({ signal })`mmdebstrap ${options} ${suite} ${partial} ${sources}`;
    await tidy(partial);
    await rename(partial, folder);
  } finally {
    await rm(sources, { force: true });
    await rm(settings, { force: true });
  }
}

/** Takes out what names the machine it was made on, and what every host gets for itself. */
async function tidy(root: string): Promise<void> {
  const keys = (await readdir(join(root, 'etc/ssh'))).filter((name) => name.startsWith('ssh_host_'));
  const sources = await readdir(join(root, 'etc/apt/sources.list.d'));
  const unwanted = [
    ...keys.map((name) => join('etc/ssh', name)),
    ...sources.map((name) => join('etc/apt/sources.list.d', name)),
    'etc/apt/sources.list',
    'etc/apt/apt.conf.d/99mmdebstrap',
    'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
  ];
  for (const path of unwanted) await rm(join(root, path), { force: true });
  await truncate(join(root, 'etc/machine-id'));
  await writeFile(join(root, 'etc/resolv.conf'), '');
  await writeFile(join(root, 'etc/default/locale'), '');
  await mkdir(join(root, 'var/log/journal'), { recursive: true });
}

async function isComplete(folder: string): Promise<boolean> {
  return (await readFileIfThere(join(folder, 'etc/debian_version'))) !== undefined;
}

/** What builds that were killed left behind; nobody else builds while the lock is held. */
async function removePartial(folder: string): Promise<void> {
  const parent = dirname(folder);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    if (name.includes('.partial-'))
      await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
}
