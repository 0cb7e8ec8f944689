import type { IncomingMessage } from 'node:http';
import { chunkBytes } from './chunks.ts';
import type { GrowingBlob } from './growing-blob.ts';
import type { PeerClient } from './peer-client.ts';
import type { Parent } from './protocol.ts';

/** The peer announced another length than the plan has: never to be trusted again. */
export class LyingLengthError extends Error {
  override readonly name = 'LyingLengthError';
}

/** The peer has not what we want, or ended too early; another may do better. */
export class PeerRefusedError extends Error {
  override readonly name = 'PeerRefusedError';
}

/** Streams the rest of a blob from one peer, verifying chunk by chunk. `received` hears of every byte that came. */
export async function fetchBlob(
  client: PeerClient,
  parent: Parent,
  growing: GrowingBlob,
  signal: AbortSignal,
  received: (bytes: number) => void,
): Promise<void> {
  const offset = growing.verifiedBytes;
  const response = await client.get(parent, growing.digest, { offset }, signal);
  try {
    checkAnswer(response, growing, offset);
    await appendAll(response, growing, received);
  } finally {
    if (!response.complete) response.destroy();
  }
  if (growing.verifiedBytes < growing.sizeBytes) throw new PeerRefusedError('the answer ended too early');
}

function checkAnswer(response: IncomingMessage, growing: GrowingBlob, offset: number): void {
  const status = response.statusCode ?? 0;
  if (status !== (offset === 0 ? 200 : 206)) throw new PeerRefusedError(`answered ${status}`);
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  const expected = growing.sizeBytes - offset;
  if (announced !== expected) {
    throw new LyingLengthError(`announced ${announced} bytes of ${growing.digest} instead of ${expected}`);
  }
}

async function appendAll(
  response: IncomingMessage,
  growing: GrowingBlob,
  received: (bytes: number) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, growing.sizeBytes));
  let filled = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    received(piece.length);
    for (let taken = 0; taken < piece.length; ) {
      const wanted = Math.min(chunkBytes, growing.sizeBytes - growing.verifiedBytes);
      const copied = piece.copy(buffer, filled, taken, taken + wanted - filled);
      taken += copied;
      filled += copied;
      if (filled === wanted) {
        await growing.append(buffer.subarray(0, filled));
        filled = 0;
      }
    }
  }
}
