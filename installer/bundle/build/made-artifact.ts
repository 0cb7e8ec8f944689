import type { AssembledArtifact } from '../../oci/assemble.ts';
import type { BlobStore } from '../../oci/blob-store.ts';
import type { WrittenLayer } from '../../oci/write-layer.ts';
import type { ArtifactKind } from '../bundle.ts';
import type { StoredAttachment } from '../sbom/attach.ts';
import type { Toolchain } from './toolchain.ts';

/** What making one artifact leaves behind. */
export interface MadeArtifact {
  readonly kind: ArtifactKind;
  readonly assembled: AssembledArtifact;
  readonly version: string;
  readonly tag: string;
  /** Where it comes from, for images.lock. */
  readonly source: string;
  /** Debian packages in it, name to version. */
  readonly packages?: Readonly<Record<string, string>>;
  /** What upstream says about it, where it was taken over from a registry. */
  readonly attached?: readonly StoredAttachment[];
}

/** A layer image that others stand on, ready to be put under them. */
export interface BaseImage {
  readonly name: string;
  readonly layers: readonly WrittenLayer[];
}

/** What a maker works with. */
export interface Workshop {
  readonly store: BlobStore;
  /** A folder of the artifact's own, removed afterwards. */
  readonly temporary: string;
  readonly toolchain: Toolchain;
  /** For what Go compiled before; default the person's own. */
  readonly goCache: string | undefined;
  readonly base: BaseImage | undefined;
  /** Debian versions that images.lock asks for; empty when it does not know the artifact. */
  readonly lockedPackages: Readonly<Record<string, string>>;
  /** When the archive serves other versions: refuse, or take them and say so. */
  readonly onDrift: 'refuse' | 'take';
  readonly signal: AbortSignal | undefined;
  /** Tells what is being done right now. */
  readonly note: (text: string) => void;
  /** Tells what a person should know, however much else is told. */
  readonly warn: (text: string) => void;
}
