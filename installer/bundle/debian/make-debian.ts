import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { originOf } from '../../base/distributions.ts';
import { assembleArtifact, assembleImage } from '../../oci/assemble.ts';
import { layerTar } from '../../oci/layer.ts';
import type { OciDescriptor } from '../../oci/manifest.ts';
import { annotationKeys, mediaTypes } from '../../oci/media-types.ts';
import { writeZstdLayer } from '../../oci/write-layer.ts';
import { annotationsOf, imageConfig, tagOf } from '../build/finish-artifact.ts';
import { readBaseContents, settingsEntries } from '../build/image-layers.ts';
import type { MadeArtifact, Workshop } from '../build/made-artifact.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { DebianRecipe } from '../recipe/schema.ts';
import { cleanDebianRoot } from './clean-root.ts';
import { makeDebianRoot } from './mmdebstrap.ts';
import { needsWithin, readDependencies } from './package-needs.ts';
import {
  driftOf,
  installedPackages,
  type PackageVersions,
  packageOfFile,
  refuseDrift,
} from './package-versions.ts';

/** Makes a layer of Debian packages, or the set of .deb files that a minimal Debian needs on top. */
export async function makeDebian(recipe: Recipe<DebianRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  return recipe.body.as === 'layer' ? await makeLayer(recipe, workshop) : await makeDebs(recipe, workshop);
}

async function makeLayer(recipe: Recipe<DebianRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const { suite, packages, image = {} } = recipe.body;
  const output = join(workshop.temporary, 'root.tar');
  const options = [`--include=${packages.join(',')}`];
  await makeDebianRoot(
    { what: `Artifact ${recipe.name}`, suite, variant: 'essential', options, output },
    workshop,
  );
  workshop.note('packing');
  const cleaned = cleanDebianRoot(output);
  const root = await writeZstdLayer(workshop.store, cleaned.tar, workshop.signal);
  await rm(output);
  const versions = installedPackages(cleaned.status());
  checkDrift(recipe.name, versions, workshop);
  const layers = [root];
  const contents = await readBaseContents(workshop.store, { name: recipe.name, layers });
  const entries = settingsEntries(image, contents);
  if (entries.length > 0) {
    const tar = layerTar(entries, contents.directories);
    layers.push(await writeZstdLayer(workshop.store, tar, workshop.signal));
  }
  const about = describe(recipe, versions);
  const assembled = await assembleImage(workshop.store, layers, imageConfig(image), about.annotations);
  return { kind: 'image', assembled, ...about.place, tag: image.tag ?? about.place.tag, packages: versions };
}

/** Downloads what apt would install on a minimal Debian; nothing is installed. Texts come by the environment, never by the line. */
const downloadHook = [
  'export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"',
  'apt-get clean',
  'apt-get --yes --download-only --no-install-recommends install $PERIMETER_PACKAGES',
  'cp "$1"/var/cache/apt/archives/*.deb "$PERIMETER_OUTPUT"/',
].join(' && ');

async function makeDebs(recipe: Recipe<DebianRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const { suite, packages } = recipe.body;
  const output = join(workshop.temporary, 'debs');
  await mkdir(output);
  await makeDebianRoot(
    {
      what: `Artifact ${recipe.name}`,
      suite,
      variant: 'minbase',
      options: [`--customize-hook=${downloadHook}`],
      env: { PERIMETER_PACKAGES: packages.join(' '), PERIMETER_OUTPUT: output },
    },
    workshop,
  );
  const files = (await readdir(output)).filter((name) => name.endsWith('.deb')).toSorted();
  const versions: Record<string, string> = {};
  const layers: OciDescriptor[] = [];
  const needs = needsWithin(
    await readDependencies(
      `Artifact ${recipe.name}`,
      files.map((file) => join(output, file)),
      workshop.signal,
    ),
  );
  for (const file of files) {
    const { name, version } = packageOfFile(file);
    versions[name] = version;
    const blob = await workshop.store.putStream(createReadStream(join(output, file)), workshop.signal);
    const annotations = {
      [annotationKeys.title]: file,
      [annotationKeys.packageName]: name,
      [annotationKeys.packageVersion]: version,
      [annotationKeys.packageNeeds]: (needs.get(name) ?? []).join(' '),
    };
    layers.push({
      mediaType: mediaTypes.debianPackage,
      digest: blob.digest,
      size: blob.sizeBytes,
      annotations,
    });
  }
  checkDrift(recipe.name, versions, workshop);
  const about = describe(recipe, versions);
  const assembled = await assembleArtifact(workshop.store, {
    kind: 'debs',
    layers,
    annotations: about.annotations,
  });
  return { kind: 'debs', assembled, ...about.place, packages: versions };
}

function checkDrift(artifact: string, versions: PackageVersions, workshop: Workshop): void {
  const drift = driftOf(workshop.lockedPackages, versions);
  if (workshop.onDrift === 'refuse') refuseDrift(artifact, drift);
  else if (drift.length > 0) workshop.warn(`other packages than in images.lock: ${drift.join('; ')}`);
}

function describe(recipe: Recipe<DebianRecipe>, versions: PackageVersions) {
  const version = recipe.body.version ?? recipe.body.suite;
  const source = `${originOf(recipe.body.suite)} ${recipe.body.suite}: ${recipe.body.packages.join(' ')}`;
  const list = Object.entries(versions)
    .map(([name, of]) => `${name}=${of}`)
    .join(' ');
  const annotations = { ...annotationsOf(recipe, version, source), [annotationKeys.packages]: list };
  return { annotations, place: { version, tag: tagOf(version), source } };
}
