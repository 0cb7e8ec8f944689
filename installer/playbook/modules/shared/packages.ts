import { seedDirectory } from '../../../agent/paths.ts';
import { hexOf } from '../../../base/digest.ts';
import { isPerimeterError, PerimeterError } from '../../../base/errors.ts';
import { redact } from '../../../base/redact.ts';
import { type RetryOptions, retry } from '../../../base/retry.ts';
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

type Patience = Pick<RetryOptions, 'attempts' | 'delayMs'>;

/** Another package manager may be at work for a while, for example right after a boot: a minute in all. */
const usualPatience: Patience = { attempts: 6, delayMs: 2_000 };

export async function installPackages(
  host: HostHands,
  layers: readonly NodeArtifactLayer[],
  patience = usualPatience,
): Promise<void> {
  const argv = [
    `${seedDirectory}/blobs/sha256`,
    artifactsDirectory,
    ...layers.map(({ digest }) => hexOf(digest)),
  ];
  await whenUnlocked(host, patience, () =>
    host.run(['sh', '-c', installScript, 'install-packages', ...argv], { timeoutMs: 900_000 }),
  );
}

export async function removePackages(
  host: HostHands,
  names: readonly string[],
  patience = usualPatience,
): Promise<void> {
  const argv = ['env', 'DEBIAN_FRONTEND=noninteractive', 'dpkg', '--remove', ...names];
  await whenUnlocked(host, patience, () => host.run(argv));
}

async function whenUnlocked(host: HostView, patience: Patience, work: () => Promise<unknown>): Promise<void> {
  try {
    await retry({ ...patience, when: isLocked }, work);
  } catch (error) {
    throw isLocked(error) ? await stillLocked(host, error) : error;
  }
}

function isLocked(error: unknown): error is PerimeterError {
  return isPerimeterError(error, 'E_HOST_COMMAND') && /lock.*(held|locked) by|is locked/i.test(error.message);
}

/** dpkg tells no more than the id of the process that holds its lock; the host still knows what that is. */
async function stillLocked(host: HostView, cause: PerimeterError): Promise<PerimeterError> {
  const pid = /(?:with pid|by process) (\d+)/.exec(cause.message)?.[1];
  if (pid === undefined) return cause;
  const command = (await host.readFile(`/proc/${pid}/cmdline`))?.replaceAll('\0', ' ').trim().slice(0, 160);
  const holder = `process ${pid} (${command || 'it has ended by now'})`;
  return new PerimeterError('E_HOST_COMMAND', {
    message: redact(`${host.name}: packages cannot be changed: dpkg's lock is held by ${holder}`),
    hint: `Wait until that has ended, or end it, and run the same command again; never delete the lock file. Look at it: ssh ${host.address} ps -fp ${pid}`,
    retryable: true,
    cause,
    where: { host: host.name },
  });
}
