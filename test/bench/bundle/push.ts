import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../installer/base/condition.ts';
import { canonicalJson } from '../../../installer/base/digest.ts';
import { mapParallel } from '../../../installer/base/parallel.ts';
import { readPieces } from '../../../installer/base/read-pieces.ts';
import { assembleImage } from '../../../installer/oci/assemble.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { DistributionClient } from '../../../installer/oci/distribution-client.ts';
import { layoutText } from '../../../installer/oci/layout-tar.ts';
import type { ImageManifest } from '../../../installer/oci/manifest.ts';
import { annotationKeys, mediaTypes } from '../../../installer/oci/media-types.ts';
import { pushImage } from '../../../installer/oci/push-image.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { freePort } from '../../support/free-port.ts';
import { pushTools } from './push-tools.ts';
import { comparison, inTurn, type Section, timeOf } from './section.ts';

const images = ['one', 'two', 'three'];
const layersPerImage = 6;
const layerBytes = 10_000_000;
/** As fast as the best of the tools; what is left of one without its starts is told and no bar. */
const bars = { skopeo: 1, oras: 1 };

interface LayoutImage {
  readonly name: string;
  readonly content: Buffer;
  readonly manifest: ImageManifest;
}

/**
 * The images of a layout brought into the same real registry, empty and then full, against the tools that people use for it. Ours is
 * in a process that runs already, as on a node; a tool starts for every image, so it is also shown without what starting costs it.
 */
export const push: Section = async (options) => {
  const { folder } = options;
  const layout = join(folder, 'layout');
  const store = new BlobStore(layout);
  const made = await makeLayout(layout, store);
  const port = await freePort();
  const tools = await pushTools(layout, port);
  const arms: Record<string, () => Promise<void>> = { ours: () => pushAll(port, store, made) };
  const starts: Record<string, () => Promise<void>> = {};
  for (const [tool, { push: pushWith, start }] of Object.entries(tools)) {
    arms[tool] = async () => {
      for (const { name } of made) await pushWith(name);
    };
    starts[tool] = async () => {
      for (const _ of made) await start();
    };
  }
  const cold: Record<string, number[]> = {};
  const warm: Record<string, number[]> = {};
  const started: Record<string, number[]> = {};
  const names = Object.keys(arms);
  for (let number = 0; number < options.repeat; number += 1) {
    // The registry of a run is started, filled and thrown away outside of what is measured.
    for (const arm of inTurn(names, number)) {
      const registry = await startRegistry(join(folder, `registry-${arm}-${number}`), port);
      try {
        for (const times of [cold, warm])
          (times[arm] ??= []).push(await timeOf(async () => await arms[arm]?.()));
      } finally {
        await registry.remove();
      }
      const start = starts[arm];
      if (start !== undefined) (started[arm] ??= []).push(await timeOf(start));
    }
    options.say(
      `  push ${number + 1}/${options.repeat}: ${names.map((arm) => `${arm} ${cold[arm]?.at(-1)?.toFixed(0)} ms, again ${warm[arm]?.at(-1)?.toFixed(0)} ms`).join('; ')}`,
    );
  }
  const withoutStarts = (times: Readonly<Record<string, readonly number[]>>): Record<string, number[]> =>
    Object.fromEntries(
      Object.entries(started).map(([tool, costs]) => [
        `${tool} less its starts`,
        costs.map((ms, run) => (times[tool]?.[run] ?? Number.NaN) - ms),
      ]),
    );
  const about = `${images.length} images, ${images.length * layersPerImage} layers, ${(images.length * layersPerImage * layerBytes) / 1e6} MB`;
  return [
    comparison('push, cold', about, { ...cold, ...withoutStarts(cold) }, bars),
    comparison('push, warm', about, { ...warm, ...withoutStarts(warm) }, bars),
  ];
};

async function pushAll(port: number, store: BlobStore, made: readonly LayoutImage[]): Promise<void> {
  const client = new DistributionClient({ url: `http://127.0.0.1:${port}` });
  try {
    await mapParallel(made, made.length, async ({ name, content, manifest }) => {
      const blobs = [manifest.config, ...manifest.layers].map(({ digest, size }) => ({
        digest,
        sizeBytes: size,
        read: (offset: number) => readPieces(store.pathOf(digest), offset, size),
      }));
      await pushImage(client, {
        repository: `bench/${name}`,
        tag: 'v1',
        manifest: { content, mediaType: manifest.mediaType },
        blobs,
      });
    });
  } finally {
    client.close();
  }
}

async function makeLayout(layout: string, store: BlobStore): Promise<readonly LayoutImage[]> {
  await mkdir(layout, { recursive: true });
  const made: LayoutImage[] = [];
  for (const name of images) {
    const layers = [];
    for (let index = 0; index < layersPerImage; index += 1) {
      const blob = await store.put(noise(layerBytes, `${name} ${index}`));
      layers.push({
        descriptor: { mediaType: mediaTypes.layerZstd, digest: blob.digest, size: blob.sizeBytes },
        diffId: blob.digest,
      });
    }
    const { digest, manifest } = await assembleImage(store, layers, {}, {});
    made.push({ name, content: await store.read(digest), manifest });
  }
  const manifests = await Promise.all(
    made.map(async ({ name, content, manifest }) => {
      const { digest, sizeBytes } = await store.put(content);
      return {
        mediaType: manifest.mediaType,
        digest,
        size: sizeBytes,
        annotations: { [annotationKeys.refName]: name },
      };
    }),
  );
  await writeFile(
    join(layout, 'index.json'),
    canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
  );
  await writeFile(join(layout, 'oci-layout'), layoutText);
  return made;
}

async function startRegistry(folder: string, port: number): Promise<{ remove(): Promise<void> }> {
  const program = '/usr/bin/docker-registry';
  if (!existsSync(program))
    throw new Error('the comparison needs a registry: apt-get install -y docker-registry');
  await mkdir(folder, { recursive: true });
  const configuration = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'of the benchmark' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configuration));
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const client = new DistributionClient({ url: `http://127.0.0.1:${port}` });
  await waitFor({
    description: 'the registry answers',
    timeoutMs: 30_000,
    intervalMs: 50,
    probe: async () =>
      await client.ping().then(
        () => true,
        () => undefined,
      ),
  });
  client.close();
  return {
    async remove() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
