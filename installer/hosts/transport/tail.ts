import type { Readable } from 'node:stream';

const tailCharacters = 4_000;

/** Reads a stream and keeps only its last part. */
export function tail(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-tailCharacters);
  });
  return () => text.trim();
}
