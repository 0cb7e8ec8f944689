import { PerimeterError } from '../../base/errors.ts';

export type PackageVersions = Readonly<Record<string, string>>;

/** Name and version of every installed package, from the text of dpkg's status file. */
export function installedPackages(status: string): PackageVersions {
  const packages = status.split('\n\n').flatMap((paragraph) => {
    const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
    const version = /^Version: (.+)$/m.exec(paragraph)?.[1];
    const installed = /^Status: install ok installed$/m.test(paragraph);
    return name !== undefined && version !== undefined && installed ? [[name, version] as const] : [];
  });
  return Object.fromEntries(packages.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Name and version out of the file name that apt gives a package: `name_1%3a2.3-1_amd64.deb`. */
export function packageOfFile(fileName: string): { name: string; version: string } {
  const [name = '', version = ''] = fileName.replace(/\.deb$/, '').split('_');
  return { name, version: decodeURIComponent(version) };
}

/** What the archive gave other than the lock asks for, in sentences; empty without a lock. */
export function driftOf(locked: PackageVersions, served: PackageVersions): string[] {
  if (Object.keys(locked).length === 0) return [];
  const names = [...new Set([...Object.keys(locked), ...Object.keys(served)])].toSorted();
  return names
    .filter((name) => locked[name] !== served[name])
    .map((name) => {
      if (locked[name] === undefined)
        return `${name}: not in images.lock, now needed in version ${served[name]}`;
      if (served[name] === undefined)
        return `${name}: images.lock wants ${locked[name]}, now not needed or not served`;
      return `${name}: images.lock wants ${locked[name]}, the archive serves ${served[name]}`;
    });
}

/** Raises E_PACKAGE_GONE, naming every package, when the archive gave other versions than the lock asks for. */
export function refuseDrift(artifact: string, drift: readonly string[]): void {
  if (drift.length === 0) return;
  throw new PerimeterError('E_PACKAGE_GONE', {
    message: `Artifact ${artifact}: the package archive no longer gives what images.lock asks for`,
    hint: `Take what is served now: ${refreshCommand([artifact])}`,
    findings: drift,
  });
}

/** The command that locks artifacts with the packages that are served now. */
export function refreshCommand(artifacts: readonly string[]): string {
  return ['npm run perimeter -- bundle lock', ...artifacts.map((name) => `--refresh ${name}`)].join(' ');
}
