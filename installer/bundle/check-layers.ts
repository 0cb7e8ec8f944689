import { tellBytes } from '../base/byte-progress.ts';
import { isPerimeterError, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import { type ReadLayerEntry, readLayer, safePath } from '../oci/read-layer.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { FolderRules } from './folder-rules.ts';

export interface CheckedLayers {
  readonly layers: number;
  readonly entries: number;
}

/**
 * Unpacks every layer of a bundle without writing anything, and refuses what would lead out of its folder or fill a disk, all of it
 * at once (E_BUNDLE_DAMAGED). Verifying a bundle says that it is what its builder signed; this says that nothing in it does harm by
 * being unpacked. What an image's programs do is for the site's scanner.
 */
export async function checkLayers(
  bundle: OpenBundle,
  { events = silentEvents, signal }: { readonly events?: Events; readonly signal?: AbortSignal } = {},
): Promise<CheckedLayers> {
  const packed = await layersOf(bundle);
  const total = packed.reduce((sum, { size }) => sum + size, 0);
  const tell = tellBytes(events, ['bundle', 'unpack']);
  const findings: string[] = [];
  let entries = 0;
  let done = 0;
  for (const { artifact, digest, size, mediaType } of packed) {
    signal?.throwIfAborted();
    const what = `Artifact ${artifact.name}, layer ${digest}`;
    try {
      const judge = judgeOf(artifact, what);
      for await (const { header } of readLayer(bundle.readBlob(digest), mediaType, what)) {
        judge(header);
        entries += 1;
      }
    } catch (error) {
      if (isPerimeterError(error)) findings.push(error.message);
      else findings.push(`${what} cannot be unpacked: ${(error as Error).message}`);
    }
    done += size;
    tell(done, total);
  }
  if (findings.length === 0) return { layers: packed.length, entries };
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The bundle ${bundle.path} is as it was signed, but holds what must not be unpacked`,
    hint: 'Do not use this bundle. Ask whoever made it where the named layers come from.',
    findings,
  });
}

interface PackedLayer {
  readonly artifact: BundleArtifact;
  readonly digest: BundleArtifact['digest'];
  readonly size: number;
  readonly mediaType: string;
}

/** Every tar in the bundle once. */
async function layersOf(bundle: OpenBundle): Promise<readonly PackedLayer[]> {
  const layers = new Map<string, PackedLayer>();
  for (const artifact of bundle.artifacts) {
    const manifest = await bundle.manifest(artifact);
    for (const { digest, size, mediaType } of manifest.layers)
      if (/[./]tar(\+|\.|$)/.test(mediaType)) layers.set(digest, { artifact, digest, size, mediaType });
  }
  return [...layers.values()];
}

/** A container runtime keeps links, devices and whiteouts inside an image's own root; a folder of this machine takes none of them. */
function judgeOf({ kind }: BundleArtifact, what: string): (header: ReadLayerEntry['header']) => void {
  if (kind === 'image') return ({ name }) => void safePath(name, what);
  const rules = new FolderRules(what);
  return (header) => void rules.pathOf(header);
}
