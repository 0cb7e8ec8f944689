import { mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { canonicalJson, digestOf, hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { cacheDirectory, readFileIfThere } from '../base/files.ts';
import { withLock } from './lock.ts';
import { refreshPackageLists } from './machine-check.ts';
import { recipe, recipeWith } from './recipe.ts';

/**
 * What a bare host has: an ordinary minimal Debian with systemd and sshd. Everything else a node needs must come from the
 * bundle. udev stays out on purpose: inside a lab host it would handle the machine's own devices.
 */
const definition = {
  suite: 'bookworm',
  variant: 'minbase',
  packages: ['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'iproute2', 'procps', 'kmod'],
  leftOut: ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*', '/usr/share/info/*'],
  tidying: 2,
} as const;

/** One package index of the machine, as `apt-get indextargets` prints it. */
interface AptTarget {
  readonly origin: string;
  readonly codename: string;
  readonly line: string;
}

export function baseRootDirectory(): string {
  return cacheDirectory('lab', `base-${hexOf(digestOf(canonicalJson(definition))).slice(0, 12)}`);
}

/** Makes the base file system of lab hosts unless the cache has it, and returns its folder. About 30 s and 170 MB, once. */
export async function ensureBaseRoot(events: Events, signal?: AbortSignal): Promise<string> {
  const folder = baseRootDirectory();
  if (await isComplete(folder)) return folder;
  await step(events, ['base-root'], "Make the lab hosts' Debian 12 from this machine's package sources", () =>
    withLock(`base-root ${folder}`, 600_000, async () => {
      if (await isComplete(folder)) return;
      await removePartial(folder);
      await build(`${folder}.partial-${process.pid}`, folder, signal);
    }),
  );
  return folder;
}

async function build(partial: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const sources = `${partial}.list`;
  const settings = `${partial}.apt`;
  try {
    await writeFile(sources, `${(await debianSources()).join('\n')}\n`, { mode: 0o600 });
    await writeFile(settings, aptSettings(await recipe`apt-config dump`), { mode: 0o600 });
    const options = [
      '--mode=root',
      '--format=directory',
      `--variant=${definition.variant}`,
      `--include=${definition.packages.join(',')}`,
      `--aptopt=${settings}`,
      ...definition.leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ];
    await recipeWith({ signal })`mmdebstrap ${options} ${definition.suite} ${partial} ${sources}`;
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

/** The machine's own Debian sources, so that a mirror or proxy of its network is used here too. */
async function debianSources(): Promise<string[]> {
  const lines = sourcesIn(await aptTargets());
  if (lines.length > 0) return lines;
  await refreshPackageLists();
  const again = sourcesIn(await aptTargets());
  if (again.length > 0) return again;
  throw new PerimeterError('E_MACHINE_UNFIT', {
    message: `This machine's package sources in /etc/apt have no Debian ${definition.suite}; lab hosts are made from it.`,
    hint: 'Use a Debian 12 machine, or add a source for bookworm to /etc/apt/sources.list and run apt-get update.',
  });
}

function aptTargets(): Promise<string> {
  const format = '$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  return recipe`apt-get indextargets --format ${format} ${'Created-By: Packages'}`;
}

/** Source lines of the suite with its updates and security fixes; other people's repositories on the machine are left out. */
export function sourcesIn(indexTargets: string): string[] {
  const targets = indexTargets
    .split('\n')
    .filter(Boolean)
    .map((text): AptTarget => {
      const [origin = '', codename = '', line = ''] = text.split('|');
      return { origin, codename, line };
    });
  const wanted = [definition.suite, `${definition.suite}-updates`, `${definition.suite}-security`];
  const lines = targets
    .filter((one) => one.origin === 'Debian' && wanted.includes(one.codename))
    .map((one) => one.line);
  return [...new Set(lines)];
}

/** Of the machine's apt settings, those that decide whether and how its sources can be fetched. */
export function aptSettings(dump: string): string {
  const wanted =
    /^Acquire::(Check-[\w-]+|Retries|https?(::[^ ]+)*::(Proxy[\w-]*|Verify-[\w-]+|CAInfo|SslCert|SslKey)(::[^ ]+)?) "/;
  return `${dump
    .split('\n')
    .filter((line) => wanted.test(line))
    .join('\n')}\n`;
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
