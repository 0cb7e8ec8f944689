import { Readable } from 'node:stream';
import { canonicalJson, type Digest, digestOf, hexOf } from '../../../installer/base/digest.ts';
import { assembleImage } from '../../../installer/oci/assemble.ts';
import type { BlobStore } from '../../../installer/oci/blob-store.ts';
import type { DistributionClient } from '../../../installer/oci/distribution-client.ts';
import { layerTar } from '../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { writeGzipLayer } from '../../../installer/oci/write-layer.ts';
import { noise } from '../../fixtures/made-bundle.ts';

export const repository = 'team/tool';
/** Large enough that a line can break in the middle of it. */
const layerBytes = 4_000_000;

/** An index of two images, an attestation by the tag for referrers, and a signature of the index by cosign's tag. */
export async function fillUpstream(client: DistributionClient, store: BlobStore) {
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
