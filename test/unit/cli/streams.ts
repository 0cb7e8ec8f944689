import { Writable } from 'node:stream';
import type { OutputStreams } from '../../../installer/cli/renderers/choose-renderer.ts';

/** Streams that keep what was written. With columns, stderr is a terminal as wide as that. */
export class KeptStreams implements OutputStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly #written = { stdout: '', stderr: '' };

  constructor(columns?: number) {
    this.stdout = this.#stream('stdout', undefined);
    this.stderr = this.#stream('stderr', columns);
  }

  get out(): string {
    return this.#written.stdout;
  }

  get error(): string {
    return this.#written.stderr;
  }

  /** Every line of stdout as JSON. */
  get outJson(): unknown[] {
    return this.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  #stream(name: 'stdout' | 'stderr', columns: number | undefined): NodeJS.WriteStream {
    const written = this.#written;
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString('utf8');
        done();
      },
    });
    return Object.assign(stream, {
      isTTY: columns !== undefined,
      columns,
      rows: 40,
    }) as unknown as NodeJS.WriteStream;
  }
}
