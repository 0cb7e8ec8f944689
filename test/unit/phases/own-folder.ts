import { mkdir, mkdtemp } from 'node:fs/promises';
import { stateDirectory } from '../../../installer/base/files.ts';

/** A folder for one world of a test. It lies among what the running test file may write, and goes with it. */
export async function ownFolder(): Promise<string> {
  await mkdir(stateDirectory('worlds'), { recursive: true });
  return await mkdtemp(stateDirectory('worlds', 'world-'));
}
