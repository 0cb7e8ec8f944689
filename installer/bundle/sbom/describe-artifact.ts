import { canonicalJson, type Digest, digestOf } from '../../base/digest.ts';
import { type ImageManifest, type OciDescriptor, parseManifest } from '../../oci/manifest.ts';
import { annotationKeys, mediaTypes } from '../../oci/media-types.ts';
import type { ArtifactCache, BuiltArtifact } from '../build/artifact-cache.ts';
import type { BuildInputs } from '../build/build-key.ts';
import type { BundleArtifact } from '../bundle.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import { attach, type StoredAttachment } from './attach.ts';
import { ingredientsOf } from './ingredient.ts';
import { ownLicences } from './own-licences.ts';
import { provenanceStatement, provenanceType } from './provenance-statement.ts';
import { scanLayers } from './scan-layers.ts';
import { spdxDocument } from './spdx-document.ts';

/** Raise it when the same artifact would be described in other bytes by this version of the program. */
const describerVersion = 2;

export interface DescribedArtifact {
  readonly recipe: Recipe;
  readonly built: BuiltArtifact;
  readonly inputs: BuildInputs;
  readonly base: Pick<BundleArtifact, 'name' | 'digest'> | undefined;
  /** Debian's release, where packages of one are in it. */
  readonly suite: string | undefined;
}

/**
 * Bill of materials and provenance of a finished artifact, attached to it. Both are read off the artifact as it lies in the cache:
 * nothing is compiled for them. What was once described is taken from the cache.
 */
export async function describeArtifact(
  cache: ArtifactCache,
  { recipe, built, inputs, base, suite }: DescribedArtifact,
): Promise<readonly StoredAttachment[]> {
  const { digest, kind, version } = built;
  const { licence, licenceTexts } = recipe.body;
  const own = ownLicences(licence, licenceTexts);
  const words = own.length === 0 ? {} : { own };
  const key = digestOf(
    canonicalJson({ describerVersion, digest, inputs, licence, version, suite: suite ?? null, ...words }),
  );
  const known = await cache.findAttached(recipe.name, key);
  if (known !== undefined) return known;
  const text = String(await cache.store.read(digest));
  const manifest = parseManifest(text, `manifest of ${recipe.name}`);
  const subject = { mediaType: manifest.mediaType, digest, size: Buffer.byteLength(text) };
  const ingredients = await ingredientsOf(recipe);
  const isSet = kind === 'debs';
  const contents = isSet
    ? { files: [], debian: [] }
    : await scanLayers(cache.store, manifest.layers, `Artifact ${recipe.name}`);
  const artifact = { name: recipe.name, kind, digest, version, licence };
  const debFiles = isSet ? debFilesOf(manifest) : [];
  const sbom = spdxDocument({ artifact, contents, ingredients, debFiles, suite, licenceTexts });
  const provenance = provenanceStatement({
    artifact,
    inputs,
    key: built.key,
    ingredients,
    packages: built.packages ?? {},
    suite,
    base,
  });
  const put = async (content: unknown, mediaType: string): Promise<OciDescriptor> => {
    const blob = await cache.store.put(canonicalJson(content));
    return { mediaType, digest: blob.digest, size: blob.sizeBytes };
  };
  const attached = [
    await attach(cache.store, 'provenance', subject, [await put(provenance, mediaTypes.inToto)], {
      [annotationKeys.predicateType]: provenanceType,
    }),
    await attach(cache.store, 'sbom', subject, [await put(sbom, mediaTypes.spdx)]),
  ];
  await cache.keepAttached(recipe.name, key, attached);
  return attached;
}

function debFilesOf(manifest: ImageManifest): { name: string; version: string; digest: Digest }[] {
  return manifest.layers.map(({ digest, annotations = {} }) => ({
    name: annotations[annotationKeys.packageName] ?? '',
    version: annotations[annotationKeys.packageVersion] ?? '',
    digest,
  }));
}
