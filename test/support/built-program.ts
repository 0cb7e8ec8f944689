import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hexOf } from '../../installer/base/digest.ts';
import { cacheDirectory } from '../../installer/base/files.ts';
import { ArtifactCache } from '../../installer/bundle/build/artifact-cache.ts';
import { parseManifest } from '../../installer/oci/manifest.ts';
import { readLayer } from '../../installer/oci/read-layer.ts';
import { newestRecord } from './last-built.ts';

/**
 * A program out of an artifact that `bundle build` has made on this machine, unpacked once; undefined when it was never made.
 * `path` is the program's place in the artifact, such as /usr/local/bin/registry.
 */
export async function builtProgram(artifact: string, path: string): Promise<string | undefined> {
  const cache = new ArtifactCache();
  const record = await newestRecord(join(cache.root, 'records', artifact));
  if (record === undefined) return undefined;
  const target = cacheDirectory('programs', hexOf(record.digest), path);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  const manifest = parseManifest(String(await cache.store.read(record.digest)), artifact);
  for (const layer of manifest.layers.toReversed()) {
    for await (const { header, content } of readLayer(cache.store.stream(layer.digest), layer.mediaType)) {
      if (`/${header.name}` !== path) continue;
      const partial = `${target}.${crypto.randomUUID()}`;
      await mkdir(dirname(target), { recursive: true });
      await pipeline(Readable.from(content, { objectMode: false }), createWriteStream(partial));
      await chmod(partial, 0o755);
      await rename(partial, target);
      return target;
    }
  }
  return undefined;
}
