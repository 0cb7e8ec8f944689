import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, digestOf, hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { cacheDirectory, productDirectory, readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { count } from '../base/units.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { type ClosureReport, checkReferences } from '../bundle/check-references.ts';
import { noCredentials, platformManifests, withPlaceholders } from '../phases/platform-manifests.ts';
import { modelSite } from '../site/model-site.ts';

/**
 * Proves that everything a site runs from this bundle is in it: renders all charts and settings and holds every image reference
 * against the bundle. Raises E_CLOSURE with file, place and reference of each that is missing. What was proved once is not
 * rendered again as long as neither the artifacts nor the program change.
 */
export async function proveClosure(bundle: OpenBundle, events: Events): Promise<void> {
  const known = cacheDirectory('closure', `${hexOf(await keyOf(bundle))}.json`);
  if ((await readFileIfThere(known)) !== undefined) return;
  await step(events, ['bundle', 'closure'], 'Prove that every image is in the bundle', async () => {
    const report = await closureOf(bundle);
    refuseMissing(report, bundle);
    const { files, resolved, artifacts } = report;
    const text = `${count(resolved, 'reference')} in ${count(files, 'file')} lead to ${count(artifacts.length, 'image')}`;
    events.emit({ kind: 'note', scope: ['bundle', 'closure'], text });
    await writeFileAtomic(known, canonicalJson({ files, resolved, artifacts }));
  });
}

/** What refers to images, and what of it the bundle does not hold. */
export async function closureOf(bundle: OpenBundle): Promise<ClosureReport> {
  if (!bundle.has('helm') && bundle.artifacts.some((artifact) => artifact.kind === 'chart')) {
    throw new PerimeterError('E_CLOSURE', {
      message:
        'The charts of this bundle cannot be rendered: it does not hold the artifact helm, without which no site can use them',
      hint: 'Take its set as well: npm run perimeter -- bundle build --set core --set ...',
    });
  }
  const site = await modelSite();
  const { host, port } = site.endpoints.registry;
  const files = await platformManifests({
    site,
    bundle: withPlaceholders(bundle),
    credentials: noCredentials,
  });
  return checkReferences(files, bundle.artifacts, `${host}:${port}`);
}

function refuseMissing({ missing, unused }: ClosureReport, bundle: OpenBundle): void {
  // A bundle of some sets has not all files: only the whole one can say that an exception is no longer needed.
  const isWhole = bundle.has('sample-app') && bundle.has('chart-flux');
  const needless = isWhole
    ? unused.map((one) => `The exception ${one.reference} in ${one.file} is no longer needed: ${one.reason}`)
    : [];
  const findings = [...missing, ...needless];
  if (findings.length === 0) return;
  throw new PerimeterError('E_CLOSURE', {
    message: `What a site would run from this bundle refers to ${count(findings.length, 'thing')} that it does not hold`,
    hint: 'Add a recipe for the image to images/, or take its set into the bundle (--set), and refer to it by its digest through `images` in the values. What is no image goes into installer/bundle/closure/allowed-references.ts, with a reason.',
    findings,
  });
}

/** Everything that decides what is rendered: the artifacts, the program, and its data. */
async function keyOf(bundle: OpenBundle): Promise<ReturnType<typeof digestOf>> {
  const artifacts = bundle.artifacts.map(({ name, kind, tag, digest }) => [name, kind, tag, digest]);
  const folders = ['installer', 'profiles', 'playbooks', join('charts', 'site')];
  const texts = await Promise.all(folders.map((folder) => digestsBelow(productDirectory(folder))));
  return digestOf(canonicalJson({ artifacts, texts }));
}

async function digestsBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digests = paths.map(
    async (path) => [path.slice(folder.length), digestOf(await readFile(path))] as const,
  );
  return Object.fromEntries(await Promise.all(digests));
}
