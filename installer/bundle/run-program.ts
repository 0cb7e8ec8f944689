import { join } from 'node:path';
import { step } from './build/run-step.ts';
import type { OpenBundle } from './bundle.ts';
import { extractFiles } from './extract-files.ts';

/**
 * Runs a program out of an artifact of files on this machine, and returns what it writes. `path` is its place in the artifact,
 * without a leading `/`. Raises E_BUILD_FAILED with the program's last words.
 */
export async function runProgram(
  bundle: OpenBundle,
  artifactName: string,
  path: string,
  argv: readonly string[],
): Promise<string> {
  const program = join(await extractFiles(bundle, artifactName), path);
  return await step({ what: `Artifact ${artifactName}` })`${program} ${argv}`;
}
