import { PerimeterError } from './errors.ts';
import { didYouMean } from './suggest.ts';

/** A system that nodes may run, and everything that differs between such systems. */
export interface Distribution {
  /** What people call it on the command line: "debian-12". */
  readonly key: string;
  readonly title: string;
  /** ID and VERSION_ID of /etc/os-release. */
  readonly id: string;
  readonly version: string;
  /** Name of the release in package archives. */
  readonly suite: string;
  /** Whose archive: the origin in its release file. */
  readonly origin: 'Debian' | 'Ubuntu';
  /** Artifact of the bundle with the packages that a node needs of it. */
  readonly packages: string;
  /** Artifact with further packages, of which profiles name what they want. */
  readonly extras: string;
}

/** Names of units and paths are the same in all of them for what is used here: GRUB, chrony, haproxy, auditd, certificates. */
export const distributions: readonly [Distribution, ...Distribution[]] = [
  {
    key: 'debian-12',
    title: 'Debian 12',
    id: 'debian',
    version: '12',
    suite: 'bookworm',
    origin: 'Debian',
    packages: 'node-debs',
    extras: 'node-extras',
  },
  {
    key: 'debian-13',
    title: 'Debian 13',
    id: 'debian',
    version: '13',
    suite: 'trixie',
    origin: 'Debian',
    packages: 'node-debs-trixie',
    extras: 'node-extras-trixie',
  },
  {
    key: 'ubuntu-24.04',
    title: 'Ubuntu 24.04 LTS',
    id: 'ubuntu',
    version: '24.04',
    suite: 'noble',
    origin: 'Ubuntu',
    packages: 'node-debs-noble',
    extras: 'node-extras-noble',
  },
];

/** The system that a host says it runs; undefined for one that nothing was made for. */
export function distributionOf(os: {
  readonly id: string;
  readonly version: string;
}): Distribution | undefined {
  return distributions.find(({ id, version }) => id === os.id && version === os.version);
}

/** Whose archive has a suite. */
export function originOf(suite: string | undefined): Distribution['origin'] {
  return distributions.find((one) => one.suite === suite)?.origin ?? 'Debian';
}

/** Whose packages those of a suite are, as package URLs write it. */
export function vendorOf(suite: string | undefined): string {
  return originOf(suite).toLowerCase();
}

/** Raises E_USAGE for a name that is none. */
export function distributionNamed(key: string): Distribution {
  const found = distributions.find((one) => one.key === key);
  if (found !== undefined) return found;
  const known = distributions.map((one) => one.key);
  throw new PerimeterError('E_USAGE', {
    message: `There is no system "${key}"${didYouMean(key, known)}`,
    hint: `Known: ${known.join(', ')}`,
  });
}
