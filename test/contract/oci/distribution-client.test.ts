import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { pushArtifact } from '../../../installer/bundle/push-artifact.ts';
import {
  type BlobSource,
  DistributionClient,
  type RegistryAccess,
} from '../../../installer/oci/distribution-client.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';
import {
  account,
  breakingLine,
  type RealRegistry,
  registryName,
  registryPrograms,
  startRegistry,
} from './real-registries.ts';

function blobOf(content: Buffer): BlobSource & { offsets: number[] } {
  const offsets: number[] = [];
  return {
    offsets,
    digest: digestOf(content),
    sizeBytes: content.length,
    read(offset) {
      offsets.push(offset);
      return pieces(content.subarray(offset));
    },
  };
}

/** As files are read, every piece in the same memory: one that is used again too early makes another digest. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(256 * 1024);
  for (let at = 0; at < bytes.length; at += memory.length)
    yield memory.subarray(0, bytes.copy(memory, 0, at, at + memory.length));
}

describe.each(await registryPrograms())('the client with $name', ({ program, resumes }) => {
  let registry: RealRegistry;
  let client: DistributionClient;
  const access = (more: Partial<RegistryAccess> = {}): RegistryAccess => ({
    url: `https://${registryName}:${registry.port}`,
    address: '127.0.0.1',
    ca: registry.authority,
    credentials: account,
    ...more,
  });

  beforeAll(async () => {
    registry = await startRegistry(program);
    client = new DistributionClient(access());
  });
  afterAll(async () => {
    client.close();
    await registry.remove();
  });

  it('comes in by name, authority and account, and not without one of them', async () => {
    await client.ping();
    const without = async (more: Partial<RegistryAccess>): Promise<unknown> => {
      const other = new DistributionClient(access(more));
      return await other.ping().then(
        () => 'came in',
        (error: unknown) => error,
      );
    };
    const wrong = { username: account.username, password: 'wrong-password' };
    expect(await without({ credentials: wrong })).toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringMatching(/refused the connection: 401/),
      retryable: false,
    });
    expect(JSON.stringify(await without({ credentials: wrong }))).not.toContain('wrong-password');
    expect(await without({ url: `https://other.internal:${registry.port}` })).toMatchObject({
      code: 'E_REGISTRY',
    });
    const { ca: _ca, ...strange } = access();
    await expect(new DistributionClient(strange).ping()).rejects.toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringMatching(/certificate/),
    });
  });

  it('sends a blob once, and reads it back whole or from a byte on', async () => {
    const content = noise(300_000, 'blob');
    const blob = blobOf(content);
    expect(await client.blobSize('test/one', blob.digest)).toBeUndefined();
    expect(await client.pushBlob('test/one', blob)).toBe(true);
    expect(await client.pushBlob('test/one', blob)).toBe(false);
    expect(blob.offsets).toEqual([0]);
    expect(await client.blobSize('test/one', blob.digest)).toBe(content.length);
    expect((await buffer(await client.pullBlob('test/one', blob.digest))).equals(content)).toBe(true);
    const rest = await buffer(await client.pullBlob('test/one', blob.digest, 299_000));
    expect(rest.equals(content.subarray(299_000))).toBe(true);
  });

  it('takes a blob over from another repository', async () => {
    const blob = blobOf(noise(1000, 'mounted'));
    await client.pushBlob('test/one', blob);
    blob.offsets.length = 0;
    expect(await client.pushBlob('test/two', blob, { from: 'test/one' })).toBe(false);
    expect(blob.offsets).toEqual([]);
    expect(await client.blobSize('test/two', blob.digest)).toBe(1000);
    expect(await client.pushBlob('test/three', blob, { from: 'test/nowhere' })).toBe(true);
    expect(blob.offsets).toEqual([0]);
    expect(await client.blobSize('test/three', blob.digest)).toBe(1000);
  });

  it('goes on with an upload that broke, where the registry has got to', async () => {
    const line = await breakingLine(registry.port);
    const broken = new DistributionClient(access({ url: `https://${registryName}:${line.port}` }));
    const content = noise(40_000_000, 'broken upload');
    const blob = blobOf(content);
    line.cuts = [9_000_000, 5_000_000];
    // The registry names itself by the address it was asked at: the same line.
    expect(await broken.pushBlob('test/broken', blob)).toBe(true);
    expect(line.cuts).toEqual([]);
    expect(blob.offsets).toHaveLength(3);
    expect((await buffer(await client.pullBlob('test/broken', blob.digest))).equals(content)).toBe(true);
    // Not from the beginning again, when the registry can: that is the point.
    if (resumes) expect(blob.offsets[2]).toBeGreaterThan(1_000_000);
    else expect(blob.offsets).toEqual([0, 0, 0]);
    broken.close();
    line.close();
  });

  it('is told when what it sent is not what it said', async () => {
    const blob = { ...blobOf(Buffer.from('something')), digest: digestOf('something else') };
    await expect(client.pushBlob('test/one', blob)).rejects.toMatchObject({
      code: 'E_REGISTRY',
      retryable: false,
    });
    expect(await client.blobSize('test/one', blob.digest)).toBeUndefined();
  });

  it('keeps manifests by tag and digest, and refuses one whose blobs are missing', async () => {
    const config = blobOf(Buffer.from('{}'));
    await client.pushBlob('test/one', config);
    const descriptor = { mediaType: mediaTypes.emptyConfig, digest: config.digest, size: config.sizeBytes };
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: descriptor,
      layers: [] as object[],
    };
    const content = Buffer.from(JSON.stringify(manifest));
    await client.pushManifest('test/one', 'v1', content, mediaTypes.manifest);
    expect(await client.manifestDigest('test/one', 'v1')).toBe(digestOf(content));
    expect(await client.manifestDigest('test/one', digestOf(content))).toBe(digestOf(content));
    expect(await client.manifestDigest('test/one', 'v2')).toBeUndefined();
    const pulled = await client.pullManifest('test/one', digestOf(content));
    expect(pulled).toMatchObject({ digest: digestOf(content), mediaType: mediaTypes.manifest });
    expect(pulled.content.equals(content)).toBe(true);
    manifest.layers.push({ ...descriptor, digest: digestOf('nowhere') });
    const hollow = Buffer.from(JSON.stringify(manifest));
    await expect(client.pushManifest('test/one', 'v2', hollow, mediaTypes.manifest)).rejects.toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringMatching(/refused the manifest test\/one v2: 4\d\d .*unknown/i),
    });
  });

  it('brings an artifact of a bundle in, and the second time sends nothing', async () => {
    await using workshop = await smallWorkshop();
    const bundle = await workshop.open((await workshop.build()).file);
    const web = bundle.artifact('web');
    const blobs = await bundle.blobs(web);
    const contentBytes = web.sizeBytes - (blobs[0]?.sizeBytes ?? 0);
    expect(await pushArtifact(bundle, web, client)).toBe(contentBytes);
    expect(await pushArtifact(bundle, web, client)).toBe(0);
    expect(await client.manifestDigest('platform/web', web.tag)).toBe(web.digest);
    await bundle.close();
  });

  it('says so when nobody answers', async () => {
    const line = await breakingLine(1);
    const nobody = new DistributionClient(access({ url: `https://${registryName}:${line.port}` }));
    await expect(nobody.ping()).rejects.toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringContaining('does not answer'),
      retryable: true,
    });
    line.close();
  });
});
