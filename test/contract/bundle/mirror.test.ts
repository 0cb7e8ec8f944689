import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { canonicalJson, type Digest, digestOf, hexOf } from '../../../installer/base/digest.ts';
import { readSbom } from '../../../installer/bundle/read-sbom.ts';
import { assembleImage } from '../../../installer/oci/assemble.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { DistributionClient } from '../../../installer/oci/distribution-client.ts';
import { layerTar } from '../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { writeGzipLayer } from '../../../installer/oci/write-layer.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import {
  account,
  type RealRegistry,
  registryName,
  registryPrograms,
  startRegistry,
} from '../oci/real-registries.ts';
import { type LyingLine, lyingLine } from './lying-line.ts';

const repository = 'team/tool';
const layerBytes = 4_000_000;

// What is told apart here is the line, not the registry: one of them is enough.
describe.each((await registryPrograms()).slice(0, 1))('an image mirrored from $name', ({ program }) => {
  let registry: RealRegistry;
  let line: LyingLine;
  let folder: string;
  let client: DistributionClient;
  let index: Digest;
  let images: Readonly<Record<'amd64' | 'arm64', Digest>>;
  let workshop: SmallWorkshop;

  beforeAll(async () => {
    registry = await startRegistry(program);
    folder = await mkdtemp(join(tmpdir(), 'perimeter-mirror-'));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: {} }), { mode: 0o600 });
    client = new DistributionClient({
      url: `https://${registryName}:${registry.port}`,
      address: '127.0.0.1',
      ca: registry.authority,
      credentials: account,
    });
    ({ index, images } = await fillRegistry(client, new BlobStore(join(folder, 'upstream'))));
  });
  afterAll(async () => {
    client.close();
    await registry.remove();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    line = await lyingLine(registry);
    workshop = await smallWorkshop();
    vi.stubEnv('DOCKER_CONFIG', folder);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ auths: { [`http://${line.host}/v1/`]: { auth } } }),
    );
    await recipe();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    line.close();
    await workshop[Symbol.asyncDispose]();
  });

  const recipe = async (digest: Digest = index, more = ''): Promise<void> =>
    await workshop.write(
      'tool/source.yaml',
      `kind: mirror\nsets: [core]\nlicence: Apache-2.0\nfrom: ${line.host}/${repository}:v1.2.3@${digest}\n${more}`,
    );
  const build = () => workshop.build({ names: ['tool'] });
  const failure = async (): Promise<Error & { code: string }> =>
    (await build().then(
      () => expect.fail('it was mirrored'),
      (error: unknown) => error,
    )) as Error & { code: string };
  const keptBlobs = async (): Promise<string[]> =>
    (await readdir(join(workshop.options.cacheRoot, 'blobs', 'sha256')).catch(() => [])).toSorted();

  it('is the one of the platform, byte for byte, with the index and what upstream attached to either', async () => {
    const built = await build();
    const [artifact] = built.artifacts;
    expect(artifact).toMatchObject({ kind: 'image', digest: images.amd64, version: 'v1.2.3', tag: 'v1.2.3' });
    expect(artifact?.attachments?.map((one) => one.kind)).toEqual([
      'attestation',
      'provenance',
      'sbom',
      'signature',
      'upstream',
    ]);
    const bundle = await workshop.open(built.file);
    const tool = bundle.artifact('tool');
    const manifest = await bundle.manifest(tool);
    expect(await buffer(bundle.readBlob(tool.digest))).toEqual(
      (await client.pullManifest(repository, images.amd64)).content,
    );
    const config = JSON.parse(String(await buffer(bundle.readBlob(manifest.config.digest)))) as {
      architecture: string;
    };
    expect(config.architecture).toBe('amd64');
    const sbom = await readSbom(bundle, tool);
    expect(sbom.files.map((file) => file.fileName)).toEqual(['./usr/bin/amd64']);
    expect(sbom.packages.map((one) => one.name)).toContain(`${line.host}/${repository}`);
    for (const { digest } of tool.attachments ?? []) await buffer(bundle.readBlob(digest));
    await bundle.close();
    // The account went to the registry, and nowhere else that stays.
    expect(line.log.every((entry) => entry.includes(' Basic'))).toBe(true);
    expect(JSON.stringify(built)).not.toContain(account.password);
  });

  it('is of another platform where the recipe says so, and is refused where there is none', async () => {
    await recipe(index, 'platform: linux/arm64\n');
    expect((await build()).artifacts[0]?.digest).toBe(images.arm64);
    await recipe(index, 'platform: linux/riscv64\n');
    expect(await failure()).toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringContaining('no image for linux/riscv64, only for linux/amd64, linux/arm64/v8'),
    });
    await recipe(images.arm64);
    expect((await build()).artifacts[0]?.digest).toBe(images.arm64);
  });

  it('brings what the registry lists as attached, where it can list', async () => {
    line.lists = true;
    await recipe(images.amd64);
    const [artifact] = (await build()).artifacts;
    expect(artifact?.attachments?.map((one) => one.kind)).toEqual(['attestation', 'provenance', 'sbom']);
    const tag = `/manifests/sha256-${hexOf(images.amd64)}`;
    expect(line.log.filter((entry) => entry.includes(`${tag} `) || entry.endsWith(tag))).toEqual([]);
  });

  it('comes over a line that breaks, from where it broke', async () => {
    line.cuts = [1_500_000, 700_000, 500_000];
    line.overloaded = 2;
    await build();
    const ranges = line.log
      .filter((entry) => entry.includes('bytes='))
      .map((entry) => Number(/bytes=(\d+)-/.exec(entry)?.[1]));
    expect(line.cuts).toEqual([]);
    expect(ranges.length).toBeGreaterThan(0);
    expect(Math.max(...ranges)).toBeGreaterThan(1_000_000);
  });

  it('comes over a line that breaks when the registry only gives whole blobs', async () => {
    line.wholeOnly = true;
    line.cuts = [1_500_000, 2_500_000];
    expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
  });

  it('is given up when the line always breaks, and what came whole is kept', async () => {
    line.cuts = Array.from({ length: 100 }, () => 1000);
    const error = await failure();
    expect(error).toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringMatching(/breaks again and again at team\/tool sha256:/),
    });
    line.cuts = [];
    await build();
  });

  it.each(['flips', 'longer'] as const)(
    'is refused and named when the registry gives something else: %s',
    async (lie) => {
      line[lie] = true;
      const error = await failure();
      expect(error).toMatchObject({ code: 'E_REGISTRY', retryable: false });
      expect(error.message).toMatch(
        /^Artifact tool: The registry 127\.0\.0\.1:\d+ gave for team\/tool sha256:[a-f0-9]{64} (other content|more than)/,
      );
      // Nothing of it stays under the name of what was asked for.
      for (const name of (await keptBlobs()).filter((one) => !one.startsWith('.')))
        expect(hexOf(digestOf(await new BlobStore(workshop.options.cacheRoot).read(`sha256:${name}`)))).toBe(
          name,
        );
      line[lie] = false;
      expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
    },
  );

  it('comes with a token where the registry wants one, and from another server without the account', async () => {
    line.tokens = true;
    expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
    expect(line.log.some((entry) => entry.startsWith('GET /token?') && entry.endsWith('Basic'))).toBe(true);
    expect(line.log.at(-1)).toContain('Bearer');
    await using other = await smallWorkshop();
    line.tokens = false;
    line.elsewhere = true;
    await other.write(
      'tool/source.yaml',
      `kind: mirror\nsets: [core]\nlicence: MIT\nfrom: ${line.host}/${repository}:v1@${index}\n`,
    );
    expect((await other.build({ names: ['tool'] })).artifacts[0]?.digest).toBe(images.amd64);
    expect(
      line.log
        .filter((entry) => entry.startsWith('elsewhere'))
        .every((entry) => entry === 'elsewhere nobody'),
    ).toBe(true);
  });

  it('is refused without the account, with a wrong one, and when it is not there; no password is told', async () => {
    await writeFile(join(folder, 'config.json'), '{}');
    expect(await failure()).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('401') });
    const auth = Buffer.from(`${account.username}:another-password`).toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [line.host]: { auth } } }));
    const wrong = await failure();
    expect(wrong).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('401') });
    expect(JSON.stringify([wrong, wrong.message, wrong.stack])).not.toContain('another-password');
    await writeFile(join(folder, 'config.json'), 'no JSON, but a-password-in-it');
    const unclear = await failure();
    expect(unclear).toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringContaining('cannot be understood'),
    });
    expect(unclear.message).not.toContain('a-password-in-it');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ credHelpers: { [line.host]: 'helper' } }));
    expect(await failure()).toMatchObject({ message: expect.stringContaining('helper program') });
  });

  it('is refused when the digest is nothing that the registry has', async () => {
    await recipe(digestOf('nowhere'));
    expect(await failure()).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('404') });
  });
});

/** An index of two images, an attestation by the tag for referrers, and a signature of the index by cosign's tag. */
async function fillRegistry(client: DistributionClient, store: BlobStore) {
  const push = async (digest: Digest): Promise<void> => {
    const sizeBytes = (await store.sizeOf(digest)) ?? 0;
    await client.pushBlob(repository, {
      digest,
      sizeBytes,
      read: (offset) => Readable.from(slice(store, digest, offset)),
    });
  };
  const manifestBy = async (reference: string, content: string, mediaType: string): Promise<Digest> => {
    await client.pushManifest(repository, reference, Buffer.from(content), mediaType);
    return digestOf(content);
  };
  const image = async (architecture: string): Promise<{ digest: Digest; size: number }> => {
    const content = noise(layerBytes, architecture);
    const layer = await writeGzipLayer(
      store,
      layerTar([{ type: 'file', path: `/usr/bin/${architecture}`, content }]),
    );
    const { manifest } = await assembleImage(store, [layer], {}, { architecture });
    const config = JSON.parse(String(await store.read(manifest.config.digest))) as object;
    const own = await store.put(canonicalJson({ ...config, architecture }));
    const text = canonicalJson({
      ...manifest,
      config: { ...manifest.config, digest: own.digest, size: own.sizeBytes },
    });
    for (const part of [own.digest, layer.descriptor.digest]) await push(part);
    return {
      digest: await manifestBy(digestOf(text), text, mediaTypes.manifest),
      size: Buffer.byteLength(text),
    };
  };
  const [amd64, arm64] = [await image('amd64'), await image('arm64')];
  const entries = [
    { mediaType: mediaTypes.manifest, ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    {
      mediaType: mediaTypes.manifest,
      ...arm64,
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    },
  ];
  const list = canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries });
  const index = await manifestBy('v1.2.3', list, mediaTypes.index);
  const said = async (reference: string, layerType: string, subject?: object): Promise<object> => {
    const [config, layer] = [await store.put('{}'), await store.put(`about ${reference}`)];
    for (const part of [config, layer]) await push(part.digest);
    const text = canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.emptyConfig, digest: config.digest, size: config.sizeBytes },
      layers: [{ mediaType: layerType, digest: layer.digest, size: layer.sizeBytes }],
      ...(subject === undefined ? {} : { subject }),
    });
    await manifestBy(reference === '' ? digestOf(text) : reference, text, mediaTypes.manifest);
    return { mediaType: mediaTypes.manifest, digest: digestOf(text), size: Buffer.byteLength(text) };
  };
  await said(`sha256-${hexOf(index)}.sig`, 'application/vnd.dev.cosign.simplesigning.v1+json');
  const subject = { mediaType: mediaTypes.manifest, ...amd64 };
  const attestation = await said('', mediaTypes.inToto, subject);
  const referrers = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [attestation],
  });
  await manifestBy(`sha256-${hexOf(amd64.digest)}`, referrers, mediaTypes.index);
  return { index, images: { amd64: amd64.digest, arm64: arm64.digest } };
}

async function* slice(store: BlobStore, digest: Digest, offset: number): AsyncGenerator<Buffer> {
  yield (await store.read(digest)).subarray(offset);
}
