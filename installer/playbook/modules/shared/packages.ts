import { seedDirectory } from '../../../agent/paths.ts';
import { hexOf } from '../../../base/digest.ts';
import { isPerimeterError } from '../../../base/errors.ts';
import { retry } from '../../../base/retry.ts';
import type { HostHands, HostView } from '../../../hosts/host.ts';
import { artifactsDirectory, type NodeArtifactLayer } from '../../node-artifact.ts';

export interface InstalledPackage {
  readonly version: string;
  /** "installed", or where dpkg stopped: "half-configured", "unpacked", ... */
  readonly state: string;
}

/** What dpkg knows of these packages; those it does not know are left out. */
export async function installedPackages(
  host: HostView,
  names: readonly string[],
): Promise<ReadonlyMap<string, InstalledPackage>> {
  if (names.length === 0) return new Map();
  const format = '${Package}\\t${Version}\\t${db:Status-Status}\\n';
  const { stdout } = await host.query(['dpkg-query', '--show', `--showformat=${format}`, ...names], {
    okExitCodes: [0, 1],
  });
  const entries = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): [string, InstalledPackage] => {
      const [name = '', version = '', state = ''] = line.split('\t');
      return [name, { version, state }];
    });
  return new Map(entries.filter(([, { state }]) => state !== 'not-installed' && state !== 'config-files'));
}

/**
 * Checks and installs packages out of the seed store. Arguments: seed store, working folder, SHA-256 of each package. Configuration
 * files that are there stay. The second try is for packages that must be configured before another may be unpacked.
 */
const installScript = `
set -eu
store=$1
mkdir -p -- "$2"
rm -rf -- "$2"/.debs-*
folder=$(mktemp -d -- "$2/.debs-XXXXXX")
trap 'rm -rf -- "$folder"' EXIT
shift 2
for hex in "$@"; do
  [ -e "$store/$hex" ] || { echo "package $hex is not in the seed store $store" >&2; exit 66; }
  [ "$(sha256sum < "$store/$hex")" = "$hex  -" ] || { echo "package $hex in the seed store is altered" >&2; exit 66; }
  ln -s -- "$store/$hex" "$folder/$hex.deb"
done
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a
dpkg --force-confold --install "$folder"/*.deb || { dpkg --configure -a && dpkg --force-confold --install "$folder"/*.deb; }`;

export async function installPackages(host: HostHands, layers: readonly NodeArtifactLayer[]): Promise<void> {
  const argv = [
    `${seedDirectory}/blobs/sha256`,
    artifactsDirectory,
    ...layers.map(({ digest }) => hexOf(digest)),
  ];
  // Another package manager may be at work for a while, for example right after a boot.
  await retry({ attempts: 6, delayMs: 2_000, when: isLocked }, async () => {
    await host.run(['sh', '-c', installScript, 'install-packages', ...argv], { timeoutMs: 900_000 });
  });
}

function isLocked(error: unknown): boolean {
  return isPerimeterError(error, 'E_HOST_COMMAND') && /lock.*(held|locked) by|is locked/i.test(error.message);
}
