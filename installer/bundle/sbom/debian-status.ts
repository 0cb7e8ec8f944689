/** One installed package, as dpkg's status file tells. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package, where it has another name or version. */
  readonly source?: string;
  /** The short names of licences in its copyright file, where that can be read by a program. */
  readonly licences: readonly string[];
}

/** Installed packages sorted by name, from the text of var/lib/dpkg/status. */
export function installedDebianPackages(
  status: string,
  licences: ReadonlyMap<string, readonly string[]>,
): DebianPackage[] {
  const packages = status.split('\n\n').flatMap((paragraph): DebianPackage[] => {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: (.+)$`, 'm').exec(paragraph)?.[1];
    const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
    if (name === undefined || version === undefined || architecture === undefined) return [];
    if (field('Status') !== 'install ok installed') return [];
    const source = field('Source');
    return [
      {
        name,
        version,
        architecture,
        licences: licences.get(name) ?? [],
        ...(source === undefined ? {} : { source }),
      },
    ];
  });
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The licences named by a copyright file in Debian's machine-readable form, sorted; none for one in free text. */
export function licencesOfCopyright(text: string): readonly string[] {
  const names = [...text.matchAll(/^License: *(\S[^\n]*)$/gm)].map((match) => (match[1] ?? '').trim());
  return [...new Set(names)].toSorted();
}
