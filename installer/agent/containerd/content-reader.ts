import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type { Digest } from '../../base/digest.ts';
import { containerdError, headers, type ServiceClient } from './connection.ts';

const readMs = 60_000;

/** A blob that containerd has, whole in memory: for small ones. Raises E_CONTAINERD, also when it has fewer bytes than that. */
export async function readContent(
  content: ServiceClient,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
): Promise<Buffer> {
  const read = content['Read'] as unknown as (
    ...args: unknown[]
  ) => ClientReadableStream<{ readonly data: Buffer }>;
  const request = { digest, size: sizeBytes };
  const stream = read.call(content, request, headers(), { deadline: Date.now() + readMs });
  const pieces: Buffer[] = [];
  try {
    for await (const { data } of stream as AsyncIterable<{ readonly data: Buffer }>) pieces.push(data);
    return Buffer.concat(pieces);
  } catch (error) {
    throw containerdError(`to read ${digest}`, error as ServiceError);
  } finally {
    stream.on('error', () => {}).cancel();
  }
}
