import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import type { Digest } from '../../base/digest.ts';
import { containerdError, headers, type ServiceClient } from './connection.ts';

interface WriteRequest {
  readonly action: 'STAT' | 'WRITE' | 'COMMIT';
  readonly ref?: string;
  readonly total?: number;
  readonly expected?: string;
  readonly offset?: number;
  readonly data?: Buffer;
  readonly labels?: Readonly<Record<string, string>>;
}
interface WriteAnswer {
  readonly offset: number;
}

export interface ContentToWrite {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

const messageBytes = 1 << 20;
const window = 4;

/** How a blob came into containerd: it was there, its file was adopted, or its bytes were sent. */
export type Written = 'present' | 'adopted' | 'streamed';

/**
 * Makes a blob part of the Kubernetes namespace. containerd takes over a file that lies in its content store already
 * without reading it; otherwise the bytes are streamed from where an earlier attempt stopped, and containerd checks them.
 */
export async function writeContent(
  content: ServiceClient,
  blob: ContentToWrite,
  lease: string,
): Promise<Written> {
  const { digest, sizeBytes } = blob;
  const write = content['Write'] as unknown as (h: unknown) => ClientDuplexStream<WriteRequest, WriteAnswer>;
  const stream = write.call(content, headers(lease));
  const answers = stream[Symbol.asyncIterator]() as AsyncIterator<WriteAnswer>;
  const ref = `perimeter-${digest}`;
  try {
    stream.write({ action: 'STAT', ref, total: sizeBytes, expected: digest });
    const offset = (await nextAnswer(answers)).offset;
    if (offset < sizeBytes) await sendBytes(stream, answers, blob, offset);
    stream.write({
      action: 'COMMIT',
      ref,
      total: sizeBytes,
      expected: digest,
      offset: sizeBytes,
      labels: blob.labels,
    });
    await nextAnswer(answers);
    return offset === sizeBytes ? 'adopted' : 'streamed';
  } catch (error) {
    if ((error as ServiceError).code === status.ALREADY_EXISTS) return 'present';
    throw containerdError(`to store ${digest}`, error as ServiceError);
  } finally {
    stream.on('error', () => {}).end();
    stream.cancel();
  }
}

async function nextAnswer(answers: AsyncIterator<WriteAnswer>): Promise<WriteAnswer> {
  const answer = await answers.next();
  if (answer.done === true) throw new Error('containerd ended the write before it was committed');
  return answer.value;
}

/** At most `window` messages are on their way, whatever the size of the blob. */
async function sendBytes(
  stream: ClientDuplexStream<WriteRequest, WriteAnswer>,
  answers: AsyncIterator<WriteAnswer>,
  blob: ContentToWrite,
  start: number,
): Promise<void> {
  let offset = start;
  let unanswered = 0;
  for await (const data of createReadStream(blob.path, { start, highWaterMark: messageBytes })) {
    const room = stream.write({ action: 'WRITE', offset, data: data as Buffer });
    offset += (data as Buffer).length;
    unanswered += 1;
    if (!room) await once(stream, 'drain');
    for (; unanswered >= window; unanswered -= 1) await nextAnswer(answers);
  }
  for (; unanswered > 0; unanswered -= 1) await nextAnswer(answers);
}
