import { createHash } from 'node:crypto';
import { PerimeterError } from '../../base/errors.ts';
import { type Disk, describeDisk, disksOf } from '../../hardware/disks.ts';
import { fileSystemDisk, sharedDisks } from '../../hardware/file-system-disk.ts';
import { isProven, readIdentity } from '../../hardware/identity.ts';
import type { HostView } from '../../hosts/host.ts';
import { type Survey, surveyHost } from '../../hosts/survey.ts';
import type { FileSystem } from '../../site/file-systems.ts';
import type { Site, SiteNode } from '../../site/site.ts';

/** A file system of a profile on the disk that it gets on one node. */
export interface PlacedFileSystem {
  readonly mount: string;
  /** A path that is still the same disk after a boot. */
  readonly device: string;
  readonly type: FileSystem['type'];
  readonly options: string;
  /** Follows from site, node and place: what another node or another place made is never taken for this one. */
  readonly uuid: string;
}

interface Placement {
  readonly bootId: string;
  readonly placed: Promise<readonly PlacedFileSystem[]>;
}

/** By host: until its next boot its disks keep their names. */
const placements = new WeakMap<HostView, Placement>();

/** As placeFileSystems, once for each boot of a host: variables are made anew for every change, and the long look takes seconds. */
export async function placedFileSystems(
  site: Pick<Site, 'name'>,
  node: SiteNode,
  host: HostView,
  bootId: string,
): Promise<readonly PlacedFileSystem[]> {
  const before = placements.get(host);
  if (before?.bootId === bootId) return await before.placed;
  const placed = placeFileSystems(site, node, host);
  placements.set(host, { bootId, placed });
  // What was refused is asked again: a person may have put it right.
  placed.catch(() => placements.delete(host));
  return await placed;
}

/**
 * Finds the disk of each file system of a node's profile; only looks. Raises E_CHECK_REFUSED when the machine is not surely the one
 * that the inventory means, when hints fit no disk or several, and when a folder that is not mounted yet holds something.
 * A profile without any asks the host nothing.
 */
export async function placeFileSystems(
  site: Pick<Site, 'name'>,
  node: SiteNode,
  host: HostView,
): Promise<readonly PlacedFileSystem[]> {
  const { filesystems } = node.profile;
  if (filesystems.length === 0) return [];
  const survey = await surveyHost(host);
  assertIdentity(node, survey);
  const disks = disksOf(survey);
  const placed = filesystems.map((wanted) => {
    const disk = diskFor(wanted, node, disks);
    const { mount, type, options } = wanted;
    return { mount, device: stablePath(disk), type, options, uuid: uuidFor(site, node, mount) };
  });
  const [shared] = sharedDisks(node, disks);
  if (shared !== undefined)
    throw refused(node, shared, 'Name one disk for each in the hints, best by serial number.');
  await Promise.all(filesystems.map((wanted) => assertNothingHidden(wanted, node, host)));
  return placed;
}

function assertIdentity(node: SiteNode, survey: Survey): void {
  const identity = node.hardware?.identity;
  const reading = identity === undefined ? undefined : readIdentity(identity, survey);
  if (reading !== undefined && isProven(reading)) return;
  const found =
    reading === undefined
      ? 'the inventory names no identity'
      : [...reading.differing, ...reading.untold.map((name) => `${name} is not told`)].join('; ');
  throw refused(
    node,
    `it is not certain that this is the machine which is meant: ${found}`,
    'Before a disk is touched two of serial, uuid and macs must agree and none may differ: correct address or identity in inventory.yaml.',
  );
}

function diskFor(wanted: FileSystem, node: SiteNode, disks: readonly Disk[]): Disk {
  const { mount } = wanted;
  const { disk, fitting, hints } = fileSystemDisk(wanted, node, disks);
  const words = JSON.stringify(hints);
  const lookAt =
    'Name it by serial number or WWN; on the host: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN,MOUNTPOINT';
  if (disk === undefined) {
    const among = fitting.length === 0 ? disks : fitting;
    const listed = among.map(describeDisk).join(', ') || 'no disk at all';
    throw refused(
      node,
      fitting.length === 0
        ? `no disk fits ${words} for ${mount}; there is ${listed}`
        : `${fitting.length} disks fit ${words} for ${mount}: ${listed}`,
      lookAt,
    );
  }
  const others = disk.usedFor.filter((use) => use.startsWith('/') && use !== mount);
  if (others.length > 0)
    throw refused(
      node,
      `${describeDisk(disk)} is meant for ${mount}, but it carries ${others.join(', ')}`,
      lookAt,
    );
  return disk;
}

/** What lies in a folder would vanish below what is mounted there. */
async function assertNothingHidden({ mount }: FileSystem, node: SiteNode, host: HostView): Promise<void> {
  const script =
    'mountpoint --quiet -- "$1" || [ ! -d "$1" ] || find "$1" -mindepth 1 -maxdepth 1 -print -quit';
  const { stdout } = await host.query(['sh', '-c', script, 'what-would-be-hidden', mount]);
  if (stdout.trim() === '') return;
  throw refused(
    node,
    `${mount} is to become a disk of its own, but it is not empty: ${stdout.trim()}`,
    `Move what is needed to the new disk by hand, and empty ${mount}; what is not needed can be deleted.`,
  );
}

function stablePath({ name, paths }: Disk): string {
  const by = (start: string): string | undefined =>
    paths.find((path) => path.startsWith(`/dev/disk/${start}`));
  return by('by-id/wwn-') ?? by('by-id/') ?? by('by-path/') ?? `/dev/${name}`;
}

/** Version 8 of RFC 9562: made by a rule of one's own. */
function uuidFor(site: Pick<Site, 'name'>, node: SiteNode, mount: string): string {
  const hash = createHash('sha256')
    .update(['perimeter-file-system', site.name, node.name, mount].join('\0'))
    .digest();
  const hex = hash.toString('hex');
  const variant = ((hash.readUInt8(8) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function refused(node: SiteNode, message: string, hint: string): PerimeterError {
  return new PerimeterError('E_CHECK_REFUSED', {
    message: `${node.name}: ${message}`,
    hint,
    where: { host: node.name },
  });
}
