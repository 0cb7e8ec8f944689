import { assembleArtifact, assembleImage } from '../../oci/assemble.ts';
import { type LayerEntry, layerTar } from '../../oci/layer.ts';
import type { ImageConfig } from '../../oci/manifest.ts';
import { annotationKeys } from '../../oci/media-types.ts';
import { writeZstdLayer } from '../../oci/write-layer.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import { versionOf } from '../recipe/load-recipes.ts';
import type { FilesRecipe, GoRecipe, ImageSettings, NpmRecipe } from '../recipe/schema.ts';
import { readBaseContents, refuseThroughLinks, settingsEntries } from './image-layers.ts';
import type { MadeArtifact, Workshop } from './made-artifact.ts';

/** Packs entries into one layer, and that into an image (when the recipe says so) or into an artifact of files. */
export async function finishArtifact(
  recipe: Recipe<GoRecipe | NpmRecipe | FilesRecipe>,
  entries: readonly LayerEntry[],
  source: string,
  workshop: Workshop,
  version = versionOf(recipe.body) ?? 'v0.0.0',
): Promise<MadeArtifact> {
  const image = 'image' in recipe.body ? recipe.body.image : undefined;
  const annotations = annotationsOf(recipe, version, source);
  workshop.note('packing');
  if (image === undefined) {
    const { descriptor } = await writeZstdLayer(workshop.store, layerTar(entries), workshop.signal);
    const assembled = await assembleArtifact(workshop.store, {
      kind: 'files',
      layers: [descriptor],
      annotations,
    });
    return { kind: 'files', assembled, version, tag: tagOf(version), source };
  }
  const base = await readBaseContents(workshop.store, workshop.base);
  const all = [...entries, ...settingsEntries(image, base)];
  refuseThroughLinks(all, base, recipe.name);
  const tar = layerTar(all, base.directories);
  const layer = await writeZstdLayer(workshop.store, tar, workshop.signal);
  const layers = [...(workshop.base?.layers ?? []), layer];
  const assembled = await assembleImage(workshop.store, layers, imageConfig(image), annotations);
  return { kind: 'image', assembled, version, tag: image.tag ?? tagOf(version), source };
}

export function annotationsOf(recipe: Recipe, version: string, source: string): Record<string, string> {
  return {
    [annotationKeys.title]: recipe.name,
    [annotationKeys.version]: version,
    [annotationKeys.licences]: recipe.body.licence,
    [annotationKeys.source]: source,
  };
}

export function imageConfig(image: ImageSettings): ImageConfig['config'] {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const env = { PATH: path, ...image.env };
  return {
    ...(image.user === undefined ? {} : { User: image.user }),
    ...(image.entrypoint === undefined ? {} : { Entrypoint: image.entrypoint }),
    ...(image.command === undefined ? {} : { Cmd: image.command }),
    Env: Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(),
    WorkingDir: image.workdir ?? '/',
  };
}

/** A version in the letters that a registry accepts for a tag. */
export function tagOf(version: string): string {
  return version.replaceAll(/[^\w.-]/g, '_').slice(0, 128);
}
