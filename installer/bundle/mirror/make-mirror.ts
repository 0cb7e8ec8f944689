import type { Digest } from '../../base/digest.ts';
import { isPerimeterError, PerimeterError } from '../../base/errors.ts';
import { mapParallel } from '../../base/parallel.ts';
import { formatBytes } from '../../base/units.ts';
import { contentSize } from '../../oci/assemble.ts';
import { DistributionClient, type FetchedManifest } from '../../oci/distribution-client.ts';
import { downloadBlob } from '../../oci/download-blob.ts';
import { type ImageManifest, parseIndex, parseManifest } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { tagOf } from '../build/finish-artifact.ts';
import type { MadeArtifact, Workshop } from '../build/made-artifact.ts';
import type { ArtifactKind } from '../bundle.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import { versionOf } from '../recipe/load-recipes.ts';
import type { MirrorRecipe } from '../recipe/schema.ts';
import { attach, type StoredAttachment } from '../sbom/attach.ts';
import { attachedUpstream } from './attached-upstream.ts';
import { registryAccess } from './registry-accounts.ts';
import { parseUpstream, type UpstreamReference } from './upstream-reference.ts';

/** How many blobs are brought at once. */
const sideBySide = 3;

/**
 * Takes an image or chart over from a registry, byte for byte, by its digest. Out of an index the one of the recipe's platform is
 * taken; the index and what upstream attached (signatures, attestations) come along as attachments.
 */
export async function makeMirror(recipe: Recipe<MirrorRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const upstream = parseUpstream(recipe.body.from);
  if (upstream === undefined) throw refused(recipe, `"${recipe.body.from}" names no digest`);
  const client = new DistributionClient(await registryAccess(upstream.host));
  try {
    return await bring(recipe, upstream, client, workshop);
  } catch (error) {
    throw isPerimeterError(error, 'E_REGISTRY') ? naming(recipe, error) : error;
  } finally {
    client.close();
  }
}

async function bring(
  recipe: Recipe<MirrorRecipe>,
  upstream: UpstreamReference,
  client: DistributionClient,
  { store, signal, note }: Workshop,
): Promise<MadeArtifact> {
  const { repository, digest } = upstream;
  note(`asks ${upstream.host} for ${repository}`);
  const first = await client.pullManifest(repository, digest, signal);
  const chosen = await choosePlatform(recipe, upstream, first, client, signal);
  const manifest = parseManifest(String(chosen.content), `${repository} ${chosen.digest}`);
  const kind = kindOf(recipe, manifest);
  const total = contentSize(manifest);
  let came = 0;
  const onBytes = (bytes: number): void => {
    came += bytes;
    note(`${formatBytes(came)} of ${formatBytes(total)}`);
  };
  const parts = [
    ...new Map([manifest.config, ...manifest.layers].map((part) => [part.digest, part])).values(),
  ];
  await mapParallel(
    parts,
    sideBySide,
    async (part) => await downloadBlob(client, repository, part, store, { signal, onBytes }),
  );
  const own = await store.put(chosen.content);
  const subjects = [...new Set<Digest>([digest, chosen.digest])];
  const attached = [...(await attachedUpstream(subjects, { client, store, repository, signal }))];
  if (chosen !== first) attached.push(await keepIndex(first, chosen, store));
  const version = versionOf(recipe.body) ?? upstream.tag ?? 'v0.0.0';
  const sizeBytes = own.sizeBytes + total;
  return {
    kind,
    assembled: { digest: chosen.digest, manifest, sizeBytes },
    version,
    tag: upstream.tag ?? tagOf(version),
    source: recipe.body.from,
    attached,
  };
}

/** A build asks several registries for many things: which artifact it was for is not seen from a repository. */
function naming({ name }: Recipe, error: PerimeterError): PerimeterError {
  const { message, hint, retryable, findings, where } = error;
  return new PerimeterError(error.code, {
    message: `Artifact ${name}: ${message}`,
    hint,
    retryable,
    findings,
    where,
    cause: error,
  });
}

/** The index itself: what upstream signed is often it and not the image in it. */
async function keepIndex(
  index: FetchedManifest,
  chosen: FetchedManifest,
  store: Workshop['store'],
): Promise<StoredAttachment> {
  const blob = await store.put(index.content);
  const subject = { mediaType: chosen.mediaType, digest: chosen.digest, size: chosen.content.length };
  const part = { mediaType: index.mediaType, digest: blob.digest, size: blob.sizeBytes };
  return await attach(store, 'upstream', subject, [part]);
}

async function choosePlatform(
  recipe: Recipe<MirrorRecipe>,
  { repository }: UpstreamReference,
  fetched: FetchedManifest,
  client: DistributionClient,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  if (!isIndex(fetched)) return fetched;
  const index = parseIndex(String(fetched.content), `${repository} ${fetched.digest}`);
  const wanted = recipe.body.platform ?? 'linux/amd64';
  const platforms = index.manifests.map((entry) => {
    const { os = '', architecture = '', variant } = entry.platform ?? {};
    return { entry, name: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/') };
  });
  const found =
    platforms.find((one) => one.name === wanted) ??
    platforms.find((one) => one.name.startsWith(`${wanted}/`));
  if (found === undefined) {
    const names = platforms.map((one) => one.name).filter((name) => !name.startsWith('unknown'));
    throw refused(
      recipe,
      `${repository} has no image for ${wanted}, only for ${[...new Set(names)].join(', ')}`,
    );
  }
  const chosen = await client.pullManifest(repository, found.entry.digest, signal);
  return { ...chosen, mediaType: found.entry.mediaType };
}

/** By its own content: what a server says about its type proves nothing. */
function isIndex({ content }: FetchedManifest): boolean {
  const { manifests, mediaType } = JSON.parse(String(content)) as { manifests?: unknown; mediaType?: string };
  return Array.isArray(manifests) && (mediaType ?? mediaTypes.index) !== mediaTypes.manifest;
}

function kindOf(recipe: Recipe<MirrorRecipe>, manifest: ImageManifest): ArtifactKind {
  const { mediaType } = manifest.config;
  if (mediaType === mediaTypes.imageConfig || mediaType === mediaTypes.dockerImageConfig) return 'image';
  if (mediaType === mediaTypes.helmConfig) return 'chart';
  throw refused(
    recipe,
    `${recipe.body.from} is neither an image nor a chart, but ${manifest.artifactType ?? mediaType}`,
  );
}

function refused(recipe: Recipe<MirrorRecipe>, words: string): PerimeterError {
  return new PerimeterError('E_BUILD_FAILED', {
    message: `Artifact ${recipe.name}: ${words}`,
    hint: `Mend images/${recipe.name}/source.yaml. What a registry has: skopeo inspect --raw docker://HOST/REPOSITORY@DIGEST`,
  });
}
