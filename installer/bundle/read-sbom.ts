import { json } from 'node:stream/consumers';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { type ImageManifest, parseManifest } from '../oci/manifest.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import type { SpdxDocument } from './sbom/spdx-document.ts';

/** The bill of materials of an artifact out of a bundle. Raises E_BUNDLE_DAMAGED when none is attached to it. */
export async function readSbom(bundle: OpenBundle, artifact: BundleArtifact): Promise<SpdxDocument> {
  return (await readAttached(bundle, artifact, 'sbom')) as SpdxDocument;
}

/** How an artifact came to be: the in-toto statement attached to it. Raises E_BUNDLE_DAMAGED when there is none. */
export async function readProvenance(bundle: OpenBundle, artifact: BundleArtifact): Promise<JsonObject> {
  return (await readAttached(bundle, artifact, 'provenance')) as JsonObject;
}

async function readAttached(
  bundle: OpenBundle,
  artifact: BundleArtifact,
  kind: 'sbom' | 'provenance',
): Promise<unknown> {
  const attachment = artifact.attachments?.find((one) => one.kind === kind);
  if (attachment === undefined) {
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle ${bundle.path} has no ${kind} for the artifact ${artifact.name}`,
      hint: 'It was built by an older version. Take a newer bundle; on the connected side: npm run perimeter -- bundle build',
    });
  }
  const manifest: ImageManifest = parseManifest(
    JSON.stringify(await json(bundle.readBlob(attachment.digest))),
    `${kind} of ${artifact.name}`,
  );
  const content = manifest.layers[0];
  return content === undefined ? undefined : await json(bundle.readBlob(content.digest));
}
