import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Site } from '../site/site.ts';

/**
 * Which hardware report a site had last, kept with the state of the site and apart from the report: without it, whoever deletes the
 * report, or puts an older one in its place, would have undone the freezing without a trace.
 */
const FrozenMark = z.strictObject({
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest'),
  /** When the machines were looked at for it. */
  at: z.iso.datetime(),
});
export type FrozenMark = Readonly<z.output<typeof FrozenMark>>;

/** Undefined where nothing was frozen, or freezing was given up. Raises E_SITE_INVALID for one that cannot be understood. */
export async function readFrozenMark(site: Pick<Site, 'directory'>): Promise<FrozenMark | undefined> {
  const text = await readFileIfThere(fileOf(site));
  if (text === undefined) return undefined;
  try {
    return FrozenMark.parse(JSON.parse(text));
  } catch (cause) {
    throw new PerimeterError('E_SITE_INVALID', {
      message: `${fileOf(site)} cannot be understood: it tells which hardware report is the newest and is written by the program alone`,
      hint: `Take it from a backup of the site folder. Without one, look at the machines and freeze them anew: perimeter hardware freeze ${site.directory}`,
      cause,
    });
  }
}

export async function writeFrozenMark(
  site: Pick<Site, 'directory'>,
  { digest, at }: FrozenMark,
): Promise<void> {
  await writeFileAtomic(fileOf(site), `${JSON.stringify({ digest, at }, undefined, 2)}\n`);
}

export async function removeFrozenMark(site: Pick<Site, 'directory'>): Promise<void> {
  await rm(fileOf(site), { force: true });
}

function fileOf({ directory }: Pick<Site, 'directory'>): string {
  return join(directory, '.perimeter', 'frozen-hardware.json');
}
