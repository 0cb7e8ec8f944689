import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { closureOf, proveClosure } from '../../../installer/actions/prove-closure.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import { ArtifactCache, type BuiltArtifact } from '../../../installer/bundle/build/artifact-cache.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { readImagesLock } from '../../../installer/bundle/images-lock.ts';
import { unwrittenBundle } from '../../../installer/bundle/unwritten-bundle.ts';

/** The artifacts as they were last made on this machine, without some; undefined when not all were made. Nothing is built for it. */
async function lastBuilt(without: readonly string[] = []): Promise<OpenBundle | undefined> {
  const cache = new ArtifactCache();
  const lock = await readImagesLock();
  const made = await Promise.all(
    (lock?.artifacts ?? []).map(async (artifact) => {
      const built = await newestRecord(join(cache.root, 'records', artifact.name));
      return built === undefined ? undefined : { artifact: { ...artifact, ...built }, built };
    }),
  );
  const all = made.filter((one) => one !== undefined);
  if (all.length === made.length && all.length > 0)
    return unwrittenBundle(
      all.filter((one) => !without.includes(one.artifact.name)),
      cache.store,
    );
  if (process.env['PERIMETER_REQUIRE_COMPILED'] !== undefined)
    throw new Error('not all artifacts are built; run `npm run perimeter -- bundle build` first');
  return undefined;
}

async function newestRecord(folder: string): Promise<BuiltArtifact | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = files.toSorted((a, b) => b.at - a.at)[0];
  if (newest === undefined) return undefined;
  return JSON.parse(await readFile(join(folder, newest.name), 'utf8')) as BuiltArtifact;
}

describe.skipIf((await lastBuilt()) === undefined)(
  'everything that a site runs, rendered by the real helm and kubeadm',
  () => {
    it('refers only to images of the bundle, and nothing else is taken for an image', async () => {
      const bundle = (await lastBuilt()) as OpenBundle;
      const report = await closureOf(bundle);
      expect(report.missing).toEqual([]);
      expect(report.unused).toEqual([]);
      expect(report.artifacts).toEqual(
        expect.arrayContaining([
          'coredns',
          'etcd',
          'kube-apiserver',
          'pause',
          'sample-app',
          'tekton-entrypoint',
          'toolbox',
        ]),
      );
      await proveClosure(bundle, silentEvents);
    });

    it('is refused with file and path when an image is missing, wherever it is named', async () => {
      const bundle = (await lastBuilt(['toolbox', 'etcd', 'pause', 'tekton-entrypoint'])) as OpenBundle;
      await expect(proveClosure(bundle, silentEvents)).rejects.toMatchObject({
        code: 'E_CLOSURE',
        findings: expect.arrayContaining([
          // In a pod inside a text, in an argument, in a static pod's patch, in kubeadm's own list, in containerd's settings.
          expect.stringMatching(
            /charts\/local-path-provisioner\/templates\/config\.yaml: ConfigMap .*\(text\).*"toolbox"/,
          ),
          expect.stringMatching(
            /charts\/tekton-pipelines\/.*Deployment .*\/args\/\d+: .*"tekton-entrypoint"/,
          ),
          expect.stringMatching(/^profile compact, .*etcd\+strategic\.yaml: .*"etcd"/),
          expect.stringMatching(/^kubeadm config images list: .*"etcd"/),
          expect.stringMatching(/^playbooks\/templates\/containerd\.toml\.hbs: .*"pause"/),
        ]),
      });
    });

    it('cannot be proved without helm, and says which set has it', async () => {
      const bundle = (await lastBuilt(['helm'])) as OpenBundle;
      await expect(closureOf(bundle)).rejects.toMatchObject({
        code: 'E_CLOSURE',
        hint: expect.stringContaining('--set core'),
      });
    });
  },
);
