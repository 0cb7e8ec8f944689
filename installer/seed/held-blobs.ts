import { contentStoreDirectory, type NodePlaces, nodePlaces } from '../agent/paths.ts';
import type { HostView } from '../hosts/host.ts';
import type { SeedBlob } from './seed-plan.ts';

/** Sizes by hexadecimal digest. */
export interface HeldBlobs {
  readonly seeded: ReadonlyMap<string, number>;
  readonly loaded: ReadonlyMap<string, number>;
}

/** What a node holds, in the seed store and in containerd's content store: one listing, no program needed there. */
export async function readHeldBlobs(
  host: HostView,
  { seedDirectory, containerdRoot }: NodePlaces = nodePlaces,
): Promise<HeldBlobs> {
  const seededDirectory = `${seedDirectory}/blobs/sha256`;
  const folders = [seededDirectory, contentStoreDirectory(containerdRoot)];
  const listing = await host.query(['find', ...folders, '-type', 'f', '-printf', '%h/%f %s\n'], {
    okExitCodes: [0, 1],
  });
  const seeded = new Map<string, number>();
  const loaded = new Map<string, number>();
  for (const line of listing.stdout.split('\n')) {
    const [path = '', size = ''] = line.split(' ');
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name !== '') (path.startsWith(seededDirectory) ? seeded : loaded).set(name, Number(size));
  }
  return { seeded, loaded };
}

/** The blobs that a node has still to get. */
export function missingBlobs(blobs: readonly SeedBlob[], held: HeldBlobs): readonly SeedBlob[] {
  return blobs.filter(({ digest, sizeBytes, keep }) => {
    const name = digest.slice('sha256:'.length);
    if (held.seeded.get(name) === sizeBytes) return false;
    return keep || held.loaded.get(name) !== sizeBytes;
  });
}
