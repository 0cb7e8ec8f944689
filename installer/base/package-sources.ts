import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { aptGet } from './apt-get.ts';
import { distributions, originOf } from './distributions.ts';
import { PerimeterError } from './errors.ts';
import { cacheDirectory } from './files.ts';

export interface PackageSources {
  /** One-line source entries of the suite with its updates and security fixes. */
  readonly lines: readonly string[];
  /** The machine's apt settings that decide whether and how these can be fetched. */
  readonly settings: string;
}

/** One package index of the machine, as `apt-get indextargets` prints it. */
interface IndexTarget {
  readonly origin: string;
  readonly codename: string;
  readonly line: string;
}

/** Where Debian's package of Ubuntu's keys puts them. */
const ubuntuKeyring = '/usr/share/keyrings/ubuntu-archive-keyring.gpg';
/** The oldest release of Debian whose archive has that package. */
const keyringSuite = 'trixie';
const debianSuites = distributions.filter(({ origin }) => origin === 'Debian').map(({ suite }) => suite);

/**
 * Where packages of a suite come from: the machine's own sources, so that a mirror or proxy of its network is used here too. Another
 * release of Debian lies on the same mirror, and Ubuntu is looked for beside it (or at PERIMETER_UBUNTU_MIRROR).
 * Raises E_MACHINE_UNFIT when the machine has no source of Debian at all.
 */
export async function readPackageSources(suite: string, signal?: AbortSignal): Promise<PackageSources> {
  let lines = sourceLines(await indexTargets(signal), suite);
  if (lines.length === 0) {
    await aptGet(['update'], { signal });
    lines = sourceLines(await indexTargets(signal), suite);
  }
  if (lines.length === 0) {
    throw new PerimeterError('E_MACHINE_UNFIT', {
      message: `This machine's package sources in /etc/apt have no Debian ${suite} and nothing to find it by.`,
      hint: `Use a Debian machine, or add a source for ${suite} to /etc/apt/sources.list and run: apt-get update`,
    });
  }
  const dump = await execa('apt-config', ['dump'], withSignal(signal));
  const settings = fetchSettings(dump.stdout);
  if (!lines.some((line) => line.includes(ubuntuKeyring))) return { lines, settings };
  const keyring = await findUbuntuKeyring(signal);
  // apt reads keys as a user of its own, who may not look into a person's cache.
  return {
    lines: lines.map((line) => line.replace(ubuntuKeyring, keyring)),
    settings: `${settings}APT::Sandbox::User "root";\n`,
  };
}

/** Source lines of the suite out of what `apt-get indextargets` prints; other people's repositories are left out. */
export function sourceLines(printed: string, suite: string): string[] {
  const targets = printed
    .split('\n')
    .filter(Boolean)
    .map((text): IndexTarget => {
      const [origin = '', codename = '', line = ''] = text.split('|');
      return { origin, codename, line };
    });
  const origin = originOf(suite);
  const own = linesOf(targets, origin, suite);
  if (own.length > 0) return own;
  for (const other of debianSuites) {
    const lines = linesOf(targets, 'Debian', other);
    if (lines.length === 0) continue;
    if (origin === 'Ubuntu') return ubuntuLines(lines, suite);
    if (debianSuites.includes(suite)) return lines.map((line) => line.replaceAll(` ${other}`, ` ${suite}`));
  }
  return [];
}

function linesOf(targets: readonly IndexTarget[], origin: string, suite: string): string[] {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const components = origin === 'Ubuntu' ? / (main|universe)$/ : / main$/;
  const lines = targets
    .filter((one) => one.origin === origin && wanted.includes(one.codename) && components.test(one.line))
    .map(({ line }) => line);
  return [...new Set(lines)];
}

function ubuntuLines(debianLines: readonly string[], suite: string): string[] {
  const beside = debianLines.map((line) => / (\S+)\/debian\/? /.exec(line)?.[1]).find(Boolean);
  const mirror =
    process.env['PERIMETER_UBUNTU_MIRROR'] ?? (beside === undefined ? undefined : `${beside}/ubuntu`);
  if (mirror === undefined) return [];
  return [suite, `${suite}-updates`, `${suite}-security`].map(
    (release) => `deb [signed-by=${ubuntuKeyring}] ${mirror} ${release} main universe`,
  );
}

/** Ubuntu's keys: those of this machine, or out of Debian's own package of them, whose archive Debian's keys vouch for. */
async function findUbuntuKeyring(signal: AbortSignal | undefined): Promise<string> {
  const cached = join(cacheDirectory('keyrings'), basename(ubuntuKeyring));
  for (const path of [ubuntuKeyring, cached]) if (existsSync(path)) return path;
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-keyring-'));
  try {
    for (const name of ['lists/partial', 'archives/partial', 'parts', 'out'])
      await mkdir(join(folder, name), { recursive: true });
    const debian = sourceLines(await indexTargets(signal), keyringSuite);
    await writeFile(join(folder, 'sources.list'), `${debian.join('\n')}\n`);
    const places = {
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': join(folder, 'parts'),
      'Dir::State::lists': join(folder, 'lists'),
      'Dir::Cache': folder,
      'APT::Sandbox::User': 'root',
    };
    const options = Object.entries(places).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await aptGet([...options, 'update'], { signal });
    await aptGet([...options, 'download', 'ubuntu-keyring'], { signal, cwd: join(folder, 'out') });
    const [file = ''] = await readdir(join(folder, 'out'));
    await execa(
      'dpkg-deb',
      ['--extract', join(folder, 'out', file), join(folder, 'root')],
      withSignal(signal),
    );
    await mkdir(dirname(cached), { recursive: true });
    await copyFile(join(folder, 'root', ubuntuKeyring), cached);
    return cached;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of `apt-config dump`, the settings about proxies, certificates and dates. */
export function fetchSettings(dump: string): string {
  const wanted =
    /^Acquire::(Check-[\w-]+|Retries|https?(::[^ ]+)*::(Proxy[\w-]*|Verify-[\w-]+|CAInfo|SslCert|SslKey)(::[^ ]+)?) "/;
  return `${dump
    .split('\n')
    .filter((line) => wanted.test(line))
    .join('\n')}\n`;
}

function indexTargets(signal: AbortSignal | undefined): Promise<string> {
  const format = '$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  return aptGet(['indextargets', '--format', format, 'Created-By: Packages'], { signal });
}

function withSignal(signal: AbortSignal | undefined): { readonly cancelSignal?: AbortSignal } {
  return signal === undefined ? {} : { cancelSignal: signal };
}
