import { access } from 'node:fs/promises';
import { execa } from 'execa';
import { PerimeterError } from './errors.ts';
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
  const run = async (argv: readonly string[]): Promise<void> => {
    const result = await execa('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...argv], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      stdin: 'ignore',
      all: true,
      reject: false,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (result.exitCode === 0) return;
    throw new PerimeterError('E_MACHINE_UNFIT', {
      message: `apt-get could not install ${packages.join(', ')} (exit code ${result.exitCode})`,
      hint: `Mend what the lines above name, then: apt-get install -y --no-install-recommends ${packages.join(' ')}`,
      findings: result.all.trim().split('\n').slice(-10),
    });
  };
  await withMachineLock('apt-get', { signal }, async () => {
    await run(['update']);
    await run(['install', '-y', '--no-install-recommends', ...packages]);
  });
}
