import process from 'node:process';
import { step } from './run-step.ts';

/** What is on the machine and leaves its mark in what it makes. */
export interface Toolchain {
  /** Such as "go1.26.8"; undefined when Go is not there. */
  readonly go: string | undefined;
  /** Version of the C compiler, for the few programs that need one. */
  readonly gcc: string | undefined;
  /** Of the library that compresses layers. */
  readonly zstd: string;
}

export async function readToolchain(): Promise<Toolchain> {
  const ask = step({ what: 'toolchain', env: { GOTOOLCHAIN: 'local' } });
  const [go, gcc] = await Promise.all([
    ask`go env GOVERSION`.catch(() => undefined),
    ask`gcc -dumpfullversion -dumpmachine`.catch(() => undefined),
  ]);
  return { go: go?.trim(), gcc: gcc?.trim().replace('\n', ' '), zstd: process.versions['zstd'] ?? 'none' };
}
