import type { BlobDescription, BlobLibrary } from '../../../installer/agent/blob-library.ts';
import { BlobServer } from '../../../installer/agent/blob-server.ts';
import type { Parent } from '../../../installer/agent/protocol.ts';
import { RateLimit } from '../../../installer/agent/rate-limit.ts';
import { type Digest, digestOf } from '../../../installer/base/digest.ts';
import type { RunAuthority } from '../../../installer/seed/run-authority.ts';

export interface SourceUnderTest {
  readonly peer: Parent;
  sentBytes(): number;
  close(): void;
}

/** An honest source of these blobs on loopback. */
export async function startSource(
  authority: RunAuthority,
  contents: readonly Buffer[],
  maxBytesPerSecond = 0,
): Promise<SourceUnderTest> {
  const known = new Map(contents.map((content) => [digestOf(content), content]));
  const library: BlobLibrary = {
    describe(digest: Digest): BlobDescription | undefined {
      const content = known.get(digest);
      if (content === undefined) return undefined;
      return { sizeBytes: content.length, mediaType: 'application/octet-stream' };
    },
    async *read(digest, offset, end) {
      const content = known.get(digest) ?? Buffer.alloc(0);
      for (let at = offset; at < end; at += 1 << 16)
        yield content.subarray(at, Math.min(end, at + (1 << 16)));
    },
  };
  const server = new BlobServer({
    identity: await authority.issue('source', ['127.0.0.1']),
    library,
    tags: {},
    rate: new RateLimit(maxBytesPerSecond),
    address: '127.0.0.1',
    port: 0,
  });
  const port = await server.listen();
  return {
    peer: { name: 'source', address: '127.0.0.1', port },
    sentBytes: () => server.sentBytes,
    close: () => server.close(),
  };
}
