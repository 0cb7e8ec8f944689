import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { waitFor } from '../../../installer/base/condition.ts';
import { canonicalJson } from '../../../installer/base/digest.ts';
import { mapParallel } from '../../../installer/base/parallel.ts';
import { assembleImage } from '../../../installer/oci/assemble.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { DistributionClient } from '../../../installer/oci/distribution-client.ts';
import { layoutText } from '../../../installer/oci/layout-tar.ts';
import type { ImageManifest } from '../../../installer/oci/manifest.ts';
import { annotationKeys, mediaTypes } from '../../../installer/oci/media-types.ts';
import { pushImage } from '../../../installer/oci/push-image.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { freePort } from '../../support/free-port.ts';
import { moduleProgram } from '../../support/module-program.ts';
import { comparison, paired, type Section } from './section.ts';

const run = promisify(execFile);
const images = ['one', 'two', 'three'];
const layersPerImage = 6;
const layerBytes = 10_000_000;

interface LayoutImage {
  readonly name: string;
  readonly content: Buffer;
  readonly manifest: ImageManifest;
}

/** The images of a layout brought into the same real registry, empty and then full, against the tools that people use for it. */
export const push: Section = async (options) => {
  const { folder } = options;
  const layout = join(folder, 'layout');
  const store = new BlobStore(layout);
  const made = await makeLayout(layout, store);
  const port = await freePort();
  const tools: Record<string, (name: string) => readonly string[]> = {
    skopeo: (name) => [
      'copy',
      '--quiet',
      '--dest-tls-verify=false',
      `oci:${layout}:${name}`,
      `docker://127.0.0.1:${port}/bench/${name}:v1`,
    ],
    oras: (name) => [
      'cp',
      '--from-oci-layout',
      `${layout}:${name}`,
      '--to-plain-http',
      `127.0.0.1:${port}/bench/${name}:v1`,
    ],
  };
  if (!process.env['PATH']?.split(':').some((path) => existsSync(join(path, 'skopeo'))))
    throw new Error('the comparison needs skopeo: apt-get install -y skopeo');
  // No Debian package of this release has it.
  const oras = await moduleProgram('oras', 'oras.land/oras/cmd/oras');
  const arms: Record<string, () => Promise<void>> = { ours: () => pushAll(port, store, made) };
  for (const [tool, argv] of Object.entries(tools)) {
    arms[tool] = async () => {
      for (const { name } of made) await run(tool === 'oras' ? oras : tool, [...argv(name)]);
    };
  }
  // The registry of a run is started, filled and thrown away outside of what is measured.
  const cold: Record<string, number[]> = {};
  const warm: Record<string, number[]> = {};
  const once = { ...options, repeat: 1, say: (): void => {} };
  const names = Object.keys(arms);
  for (let number = 0; number < options.repeat; number += 1) {
    const order = names.map((_, index) => names[(index + number) % names.length] ?? '');
    for (const arm of order) {
      const registry = await startRegistry(join(folder, `registry-${arm}-${number}`), port);
      try {
        for (const times of [cold, warm])
          (times[arm] ??= []).push(
            ...((await paired(once, arm, { [arm]: arms[arm] as () => Promise<void> }))[arm] ?? []),
          );
      } finally {
        await registry.remove();
      }
    }
    options.say(
      `  push ${number + 1}/${options.repeat}: ${names.map((arm) => `${arm} ${cold[arm]?.at(-1)?.toFixed(0)} ms, again ${warm[arm]?.at(-1)?.toFixed(0)} ms`).join('; ')}`,
    );
  }
  const about = `${images.length} images, ${images.length * layersPerImage} layers, ${(images.length * layersPerImage * layerBytes) / 1e6} MB`;
  return [comparison('push, cold', about, cold), comparison('push, warm', about, warm)];
};

async function pushAll(port: number, store: BlobStore, made: readonly LayoutImage[]): Promise<void> {
  const client = new DistributionClient({ url: `http://127.0.0.1:${port}` });
  try {
    await mapParallel(made, 2, async ({ name, content, manifest }) => {
      const blobs = [manifest.config, ...manifest.layers].map(({ digest, size }) => ({
        digest,
        sizeBytes: size,
        read: (offset: number) =>
          offset === 0 ? store.stream(digest) : Readable.from(rest(store, digest, offset)),
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

async function* rest(
  store: BlobStore,
  digest: ImageManifest['config']['digest'],
  offset: number,
): AsyncGenerator<Buffer> {
  yield (await store.read(digest)).subarray(offset);
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
