import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for several tests; whoever made it removes it. */
export async function disposableFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-contract-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
