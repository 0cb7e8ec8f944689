import { access } from 'node:fs/promises';
import { aptGet } from './apt-get.ts';
import { withMachineLock } from './machine-lock.ts';

/** A Debian package of this machine, and a file by which it is known whether it is installed. */
export interface PackageNeed {
  readonly file: string;
  readonly package: string;
}

/** The packages of these that are not installed, in their order. */
export async function missingPackages(needs: readonly PackageNeed[]): Promise<readonly string[]> {
  const checked = await Promise.all(
    needs.map(async (need) => {
      const there = await access(need.file).then(
        () => true,
        () => false,
      );
      return there ? [] : [need.package];
    }),
  );
  return [...new Set(checked.flat())];
}

/**
 * Installs Debian packages on this machine from its own sources; needs root. Waits for another apt-get to end, ours or a person's.
 * Raises E_MACHINE_UNFIT with the last lines of apt-get when it fails.
 */
export async function installDebianPackages(
  packages: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const failure = {
    message: `apt-get could not install ${packages.join(', ')}`,
    hint: `Mend what the lines above name, then: apt-get install -y --no-install-recommends ${packages.join(' ')}`,
  };
  await withMachineLock('apt-get', { signal }, async () => {
    await aptGet(['update'], { signal, failure });
    await aptGet(['install', '-y', '--no-install-recommends', ...packages], { signal, failure });
  });
}
