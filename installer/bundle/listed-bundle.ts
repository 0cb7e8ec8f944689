import type { Digest } from '../base/digest.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import type { BlobDescriptor, BundleArtifact, BundleListing, ImageManifest } from './bundle.ts';
import { factsOfIndex } from './bundle-index.ts';
import { blobIn } from './verify/scan-layout.ts';
import type { VerifiedLayout } from './verify/verify-layout.ts';

/** What a verified layout holds. Gives no content. */
export class ListedBundle implements BundleListing {
  readonly path: string;
  readonly digest: Digest;
  readonly version: string;
  readonly sequence: number;
  readonly signedBy: string;
  readonly sizeBytes: number;
  readonly artifacts: readonly BundleArtifact[];
  protected readonly verified: VerifiedLayout;
  readonly #close: () => Promise<void>;
  readonly #byName: ReadonlyMap<string, BundleArtifact>;

  constructor(path: string, verified: VerifiedLayout, signedBy: string, close: () => Promise<void>) {
    assertDefect(
      verified.digest !== undefined && verified.index !== undefined,
      'a verified bundle has an index',
    );
    this.path = path;
    this.digest = verified.digest;
    const { version, sequence } = factsOfIndex(verified.index);
    this.version = version;
    this.sequence = sequence;
    this.signedBy = signedBy;
    this.sizeBytes = verified.layout.fileBytes;
    this.artifacts = verified.artifacts;
    this.#close = close;
    this.verified = verified;
    this.#byName = new Map(verified.artifacts.map((artifact) => [artifact.name, artifact]));
  }

  artifact(name: string): BundleArtifact {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle ${this.path} holds no artifact "${name}"`,
      hint: 'It was built with other sets. Have one carried in that holds it; on the connected side: npm run perimeter -- bundle build --set SET',
      findings: [`It holds: ${this.artifacts.map((artifact) => artifact.name).join(', ')}`],
    });
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  async manifest(artifact: BundleArtifact): Promise<ImageManifest> {
    const manifest = this.verified.manifests.get(artifact.digest);
    assertDefect(manifest !== undefined, `artifact ${artifact.name} of another bundle`);
    return manifest;
  }

  async blobs(artifact: BundleArtifact): Promise<readonly BlobDescriptor[]> {
    const manifest = await this.manifest(artifact);
    const own = blobIn(this.verified.layout, artifact.digest);
    const parts = new Map([manifest.config, ...manifest.layers].map((part) => [part.digest, part]));
    return [
      { digest: artifact.digest, sizeBytes: own?.sizeBytes ?? 0, mediaType: manifest.mediaType },
      ...[...parts.values()].map(({ digest, size, mediaType }) => ({ digest, sizeBytes: size, mediaType })),
    ];
  }

  async close(): Promise<void> {
    await this.#close();
  }
}
