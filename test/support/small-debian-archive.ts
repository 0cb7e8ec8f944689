import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { digestOf, hexOf } from '../../installer/base/digest.ts';

const run = promisify(execFile);

/** A package of the archive: a name and its versions; the newest is what apt takes unless it is told otherwise. */
type ServedPackages = Readonly<Record<string, readonly string[]>>;

/**
 * An archive of Debian of a test's own: signed, and so small that a whole system out of it is made in seconds. That system holds the
 * few programs of this machine which dpkg needs, and nothing else.
 */
export interface SmallDebianArchive {
  /** With these variables apt knows this archive alone. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the archive serves exactly this. */
  serve(packages: ServedPackages): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const archiveSuite = 'bookworm';
/** What dpkg looks for before it does anything, and what mmdebstrap starts in the new system. */
const programs = [
  'sh',
  'env',
  'rm',
  'tar',
  'diff',
  'dpkg',
  'dpkg-deb',
  'dpkg-split',
  'dpkg-query',
  'ldconfig',
  'start-stop-daemon',
];

export async function smallDebianArchive(): Promise<SmallDebianArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-archive-'));
  // apt reads keys and packages as a user of its own.
  await chmod(folder, 0o755);
  const place = (...parts: readonly string[]): string => join(folder, ...parts);
  for (const name of ['lists/partial', 'archives/partial', 'none', 'trusted', 'served'])
    await mkdir(place(name), { recursive: true });
  await mkdir(place('gnupg'), { mode: 0o700 });
  const gpg = async (...argv: readonly string[]) =>
    await run('gpg', ['--batch', '--quiet', '--yes', '--homedir', place('gnupg'), ...argv], {
      encoding: 'buffer',
    });
  await gpg('--passphrase', '', '--quick-generate-key', 'archive of a test', 'ed25519', 'sign', 'never');
  await writeFile(place('trusted', 'archive.gpg'), (await gpg('--export')).stdout);
  // `copy:` and not `file:`: apt then brings packages to where it brings those from a server.
  await writeFile(place('sources.list'), `deb copy:${place('served')} ${archiveSuite} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': place('sources.list'),
    'Dir::Etc::sourceparts': place('none'),
    'Dir::Etc::parts': place('none'),
    'Dir::Etc::preferencesparts': place('none'),
    'Dir::Etc::trusted': '/dev/null',
    'Dir::Etc::trustedparts': `${place('trusted')}/`,
    'Dir::State::lists': place('lists'),
    'Dir::Cache': folder,
    'APT::Sandbox::User': 'root',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  await writeFile(place('apt.conf'), `${lines.join('\n')}\n`);
  const base = await packaged(
    place('base'),
    'base-of-the-test',
    '1',
    'Essential: yes\nPriority: required\n',
    systemOf,
  );
  return {
    env: { APT_CONFIG: place('apt.conf') },
    async serve(packages) {
      const wanted = Object.entries(packages).flatMap(([name, versions]) =>
        versions.map((version) => [name, version] as const),
      );
      const debs = [
        base,
        await packaged(place('required'), 'required-of-the-test', '1', 'Priority: required\n'),
      ];
      for (const [name, version] of wanted)
        debs.push(await packaged(place('built', `${name}-${version}`), name, version));
      await rm(place('served'), { recursive: true, force: true });
      await publish(place('served'), debs);
      const release = place('served', 'dists', archiveSuite, 'Release');
      await gpg('--clearsign', '--output', join(dirname(release), 'InRelease'), release);
      await run('apt-get', ['-q', 'update'], { env: { ...process.env, APT_CONFIG: place('apt.conf') } });
    },
    [Symbol.asyncDispose]: async () => {
      await run('gpgconf', ['--homedir', place('gnupg'), '--kill', 'all']).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a package in a folder of its own and returns its file. */
async function packaged(
  folder: string,
  name: string,
  version: string,
  more = '',
  fill: (root: string) => Promise<void> = async (root) => {
    await mkdir(join(root, 'usr', 'share', name), { recursive: true });
    await writeFile(join(root, 'usr', 'share', name, 'version'), version);
  },
): Promise<string> {
  const root = join(folder, 'root');
  await mkdir(join(root, 'DEBIAN'), { recursive: true });
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: of a test\n`;
  await writeFile(join(root, 'DEBIAN', 'control'), control + more);
  await fill(root);
  const file = join(folder, `${name}_${version}_amd64.deb`);
  // The same package, the same bytes, whenever it is made.
  const env = { ...process.env, SOURCE_DATE_EPOCH: '0' };
  await run('dpkg-deb', ['-Znone', '--root-owner-group', '--build', root, file], { env });
  return file;
}

/** The programs with the libraries they are linked with, where this machine has them. */
async function systemOf(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  for (const program of programs) {
    const { stdout: path } = await run('which', [program]);
    const { stdout: linked } = await run('ldd', [path.trim()]).catch(() => ({ stdout: '' }));
    const libraries = [...linked.matchAll(/(\/[^ )]+)/g)].map((match) => match[1] ?? '');
    for (const file of [path.trim(), ...libraries]) {
      // The folder as it really is, the file under the name that it is asked for by.
      const target = join(root, await realpath(dirname(file)), file.slice(file.lastIndexOf('/') + 1));
      await mkdir(dirname(target), { recursive: true });
      await copyFile(file, target);
    }
  }
}

/** Packages and their list as an archive has them; only the signature is missing. */
async function publish(folder: string, debs: readonly string[]): Promise<void> {
  const lists = join(folder, 'dists', archiveSuite, 'main', 'binary-amd64');
  await mkdir(lists, { recursive: true });
  const paragraphs = await Promise.all(
    debs.map(async (deb) => {
      const name = deb.slice(deb.lastIndexOf('/') + 1);
      await copyFile(deb, join(folder, name));
      const { stdout: control } = await run('dpkg-deb', ['--field', deb]);
      const sum = hexOf(digestOf(await readFile(deb)));
      return `${control.trim()}\nFilename: ${name}\nSize: ${(await stat(deb)).size}\nSHA256: ${sum}\n`;
    }),
  );
  const list = paragraphs.join('\n');
  await writeFile(join(lists, 'Packages'), list);
  const about = {
    Origin: 'Debian',
    Codename: archiveSuite,
    Architectures: 'amd64',
    Components: 'main',
    Date: new Date().toUTCString(),
    SHA256: `\n ${hexOf(digestOf(list))} ${Buffer.byteLength(list)} main/binary-amd64/Packages`,
  };
  const release = Object.entries(about).map(([name, value]) => `${name}: ${value}`);
  await writeFile(join(folder, 'dists', archiveSuite, 'Release'), `${release.join('\n')}\n`);
}
