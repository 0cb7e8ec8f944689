import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { canonicalJson } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { productDirectory } from '../../base/files.ts';
import { assembleArtifact } from '../../oci/assemble.ts';
import { type LayerEntry, layerTar } from '../../oci/layer.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { writeGzipLayer } from '../../oci/write-layer.ts';
import { annotationsOf, tagOf } from '../build/finish-artifact.ts';
import type { MadeArtifact, Workshop } from '../build/made-artifact.ts';
import { moduleSource } from '../go/module-source.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { ChartRecipe } from '../recipe/schema.ts';
import { assembleUpstream } from './assemble-upstream.ts';
import { readUpstreamObjects } from './upstream-files.ts';

const chartMetadata = z.looseObject({ apiVersion: z.literal('v2'), name: z.string(), version: z.string() });

/** Packs a chart of charts/, with upstream's manifests out of their Go modules, in the form that Helm reads from a registry. */
export async function makeChart(recipe: Recipe<ChartRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const what = `Artifact ${recipe.name}`;
  const folder = productDirectory('charts', recipe.body.chart);
  const files = new Map<string, Uint8Array>(await ownFiles(folder, what));
  for (const [index, upstream] of (recipe.body.upstream ?? []).entries()) {
    workshop.note(`${upstream.module}@${upstream.version}`);
    const proof = join(recipe.directory, upstream.goSum);
    const options = { what, signal: workshop.signal };
    const root = await moduleSource(upstream.module, upstream.version, proof, options);
    const objects = await readUpstreamObjects(root, upstream.include, upstream.exclude ?? [], what);
    for (const [path, text] of assembleUpstream(objects, upstream, index + 1, what)) {
      if (files.has(path)) throw refused(`${what}: ${path} is there twice`);
      files.set(path, Buffer.from(text));
    }
  }
  const metadata = readMetadata(files, recipe);
  const entries = [...files].map(
    ([path, content]): LayerEntry => ({ type: 'file', path: `/${metadata.name}/${path}`, content }),
  );
  const layer = await writeGzipLayer(
    workshop.store,
    layerTar(entries),
    mediaTypes.helmChart,
    workshop.signal,
  );
  const source = sourceOf(recipe);
  const assembled = await assembleArtifact(workshop.store, {
    kind: 'chart',
    layers: [layer.descriptor],
    annotations: annotationsOf(recipe, metadata.version, source),
    config: { mediaType: mediaTypes.helmConfig, content: canonicalJson(metadata) },
  });
  return { kind: 'chart', assembled, version: metadata.version, tag: tagOf(metadata.version), source };
}

async function ownFiles(folder: string, what: string): Promise<[string, Uint8Array][]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (found === undefined) throw refused(`${what}: there is no folder ${folder}`);
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    paths.map(
      async (path): Promise<[string, Uint8Array]> => [path.slice(folder.length + 1), await readFile(path)],
    ),
  );
}

function readMetadata(
  files: ReadonlyMap<string, Uint8Array>,
  recipe: Recipe<ChartRecipe>,
): z.output<typeof chartMetadata> {
  const text = files.get('Chart.yaml');
  const parsed = chartMetadata.safeParse(text === undefined ? undefined : load(Buffer.from(text).toString()));
  if (parsed.success && parsed.data.name === recipe.body.chart) return parsed.data;
  throw refused(
    `Artifact ${recipe.name}: charts/${recipe.body.chart}/Chart.yaml must give apiVersion v2, the folder's name and a version`,
  );
}

function sourceOf(recipe: Recipe<ChartRecipe>): string {
  const modules = (recipe.body.upstream ?? []).map((upstream) => `${upstream.module}@${upstream.version}`);
  return [...new Set([`charts/${recipe.body.chart}`, ...modules])].join(', ');
}

function refused(message: string): PerimeterError {
  return new PerimeterError('E_BUILD_FAILED', {
    message,
    hint: 'Mend the recipe or the chart that is named.',
  });
}
