import { PerimeterError } from '../base/errors.ts';
import { ChangeLine } from './change-line.ts';

/** A registry in memory: which digest lies under which tag of which repository. */
export class MemoryRegistry {
  /** `repository:tag` to digest. */
  readonly tags: Record<string, string>;
  readonly #line: ChangeLine;

  constructor(line = new ChangeLine(), tags: Readonly<Record<string, string>> = {}) {
    this.#line = line;
    this.tags = { ...tags };
  }

  async push(repository: string, tag: string, digest: string): Promise<void> {
    await this.#line.remote(`push ${repository}`, noAnswer, () => {
      this.tags[`${repository}:${tag}`] = digest;
    });
  }

  async ping(): Promise<void> {}

  async manifestDigest(repository: string, tag: string): Promise<string | undefined> {
    return this.tags[`${repository}:${tag}`];
  }

  close(): void {}
}

function noAnswer(words: string): PerimeterError {
  return new PerimeterError('E_REGISTRY', {
    message: `The registry in memory gave no answer (${words}).`,
    hint: 'This registry was told to behave so.',
    retryable: true,
  });
}
