import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** So many lines may wait for a slow reader before the other side has to. */
const waitingLines = 1_000;

export interface Lines {
  readonly lines: AsyncIterable<string>;
  /** What comes from now on is read and thrown away, so that the stream can come to its end. */
  discard(): void;
}

/** The text of a stream line by line. Nothing is lost when the reader comes late, and nothing blocks when it leaves early. */
export function linesOf(stream: Readable): Lines {
  const decoder = new StringDecoder('utf8');
  const queue: string[] = [];
  let rest = '';
  let ended = false;
  let discarding = false;
  let wake = (): void => {};

  stream.on('data', (chunk: Buffer) => {
    if (discarding) return;
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    queue.push(...parts);
    if (queue.length > waitingLines) stream.pause();
    wake();
  });
  const onEnd = (): void => {
    if (!ended && rest !== '') queue.push(rest);
    ended = true;
    wake();
  };
  stream.on('end', onEnd);
  stream.on('close', onEnd);

  async function* read(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      while (queue.length > 0) yield queue.shift() as string;
      if (ended) return;
      stream.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    lines: read(),
    discard() {
      discarding = true;
      stream.resume();
    },
  };
}
