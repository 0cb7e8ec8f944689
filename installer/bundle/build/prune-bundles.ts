import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How many bundle files are kept besides the newest: a running installation may still read the one before. */
const keptBefore = 2;
/** Nor is a file removed that was written this recently, in ms: somebody may be about to use it. */
const keptForMs = 2 * 3_600_000;

/**
 * Removes the oldest bundles beside a file that was just written, and what a build that was killed left half written. Only files
 * that carry a bundle's own name are looked at.
 */
export async function pruneBundles(written: string): Promise<void> {
  const folder = dirname(written);
  const all = await readdir(folder);
  const names = all.filter((name) => /^perimeter-[a-f0-9]{12}\.tar$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, writtenAt: (await stat(path)).mtimeMs };
    }),
  );
  const partial = all.filter((name) => /^perimeter-[a-f0-9]{12}\.tar\.\d+\.partial$/.test(name));
  for (const name of partial) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > keptForMs)
      await rm(join(folder, name), { force: true });
  }
  const old = files.toSorted((a, b) => b.writtenAt - a.writtenAt).slice(1 + keptBefore);
  for (const { path, writtenAt } of old) {
    if (Date.now() - writtenAt > keptForMs) await rm(path, { force: true });
  }
}
