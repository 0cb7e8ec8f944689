import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { writeFileAtomic } from '../base/files.ts';
import type { Signer } from '../base/signature.ts';
import { count, formatBytes } from '../base/units.ts';
import { bundleBaseName } from './bundle-name.ts';
import { layoutBytes } from './media/layout-bytes.ts';
import { makeParity, requireParityProgram } from './media/parity.ts';
import { chunkBytes, formatPartList, partListSuffix } from './media/part-list.ts';
import { PartWriter, StalePartError } from './media/part-writer.ts';
import { openVerified } from './open-bundle.ts';
import type { BundleTrust } from './trust.ts';
import type { VerifiedBundle } from './verified-bundle.ts';

export interface ExportOptions {
  /** Folder that gets the parts; made when it is not there. */
  readonly to: string;
  /** Largest size of a part in bytes, rounded down to whole chunks of 4 MiB; default: one file. */
  readonly partBytes?: number | undefined;
  /** How much of the parts may be damaged and still be mended, in percent; default: no parity. */
  readonly parityPercent?: number | undefined;
  readonly trust: BundleTrust;
  /** Signs the list of parts. */
  readonly signer: Signer;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

export interface ExportedBundle {
  /** The signed list of parts. */
  readonly list: string;
  readonly parts: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly parityFiles: readonly string[];
  readonly sizeBytes: number;
}

/**
 * Writes a bundle to a medium, verified on the way out, as one file or in parts, with a signed list of what must arrive. Nothing
 * is written twice: run again after an interruption, it goes on. Raises E_DISK_FULL before the first byte where it can.
 */
export async function exportBundle(file: string, options: ExportOptions): Promise<ExportedBundle> {
  const events = options.events ?? silentEvents;
  if (options.parityPercent !== undefined) await requireParityProgram();
  const bundle = await openVerified(file, { ...options, events });
  try {
    const base = bundleBaseName(bundle.digest);
    const parts = partsOf(base, bundle.sizeBytes, options.partBytes);
    await mkdir(options.to, { recursive: true });
    await requireRoom(options, parts);
    const what = `Write ${formatBytes(bundle.sizeBytes)} in ${count(parts.length, 'part')} to ${options.to}`;
    const chunks = await step(events, ['bundle', 'export'], what, () =>
      writeParts(bundle, parts, options, events),
    );
    const names = parts.map(({ name }) => name);
    const { parityPercent: percent } = options;
    const parityFiles =
      percent === undefined
        ? []
        : await step(events, ['bundle', 'parity'], `Compute parity of ${percent} %`, () =>
            makeParity(options.to, base, percent, names, options.signal),
          );
    const list = join(options.to, `${base}${partListSuffix}`);
    const about = {
      bundle: bundle.digest,
      version: bundle.version,
      sizeBytes: bundle.sizeBytes,
      chunkBytes,
      parts,
      chunks,
      ...(percent === undefined ? {} : { parity: { percent, files: [...parityFiles] } }),
    };
    await writeFileAtomic(list, formatPartList(about, options.signer));
    return { list, parts, parityFiles, sizeBytes: bundle.sizeBytes };
  } finally {
    await bundle.close();
  }
}

function partsOf(
  base: string,
  sizeBytes: number,
  partBytes = Infinity,
): { name: string; sizeBytes: number }[] {
  const whole = Math.floor(partBytes / chunkBytes) * chunkBytes;
  if (whole < chunkBytes)
    throw new PerimeterError('E_USAGE', {
      message: `Parts of ${partBytes} bytes are too small: the least is ${chunkBytes} (4 MiB)`,
      hint: 'Take what the medium holds, for example: --part-size 2GiB',
    });
  if (sizeBytes <= whole) return [{ name: `${base}.tar`, sizeBytes }];
  return Array.from({ length: Math.ceil(sizeBytes / whole) }, (_, index) => ({
    name: `${base}.${String(index + 1).padStart(3, '0')}`,
    sizeBytes: Math.min(whole, sizeBytes - index * whole),
  }));
}

/** FAT file systems, as most sticks come with, and the largest file that they hold. */
const fat = { type: 0x4d44, largestBytes: 2 ** 32 - 1 };

async function requireRoom(
  { to, parityPercent = 0 }: ExportOptions,
  parts: ExportedBundle['parts'],
): Promise<void> {
  const { bavail, bsize, type } = await statfs(to);
  const sizes = await Promise.all(
    parts.map(async ({ name, sizeBytes }) => {
      const there = await stat(join(to, name)).catch(() => undefined);
      return there?.size === sizeBytes ? 0 : sizeBytes;
    }),
  );
  const total = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const needed = sizes.reduce((sum, size) => sum + size, 0) + Math.ceil((total * parityPercent) / 100);
  if (bavail * bsize < needed)
    throw new PerimeterError('E_DISK_FULL', {
      message: `The bundle needs ${formatBytes(needed)} in ${to}, where ${formatBytes(bavail * bsize)} are free`,
      hint: 'Take a larger medium, or export to a folder and carry the parts on several: --part-size 2GiB',
    });
  const [largest = 0] = parts.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => b - a);
  if (type === fat.type && largest > fat.largestBytes)
    throw new PerimeterError('E_DISK_FULL', {
      message: `${to} is a FAT file system, whose files end at 4 GiB; the bundle has ${formatBytes(largest)}`,
      hint: 'Write it in parts: --part-size 2GiB',
    });
}

async function writeParts(
  bundle: VerifiedBundle,
  parts: ExportedBundle['parts'],
  { to, signal }: ExportOptions,
  events: Events,
): Promise<string[]> {
  for (;;) {
    const writer = new PartWriter(to, parts);
    let done = 0;
    let toldAt = 0;
    try {
      for await (const bytes of layoutBytes(bundle.layout)) {
        signal?.throwIfAborted();
        await writer.write(bytes);
        done += bytes.length;
        if (performance.now() - toldAt < 250 && done < bundle.sizeBytes) continue;
        toldAt = performance.now();
        events.emit({
          kind: 'progress',
          scope: ['bundle', 'export'],
          done,
          total: bundle.sizeBytes,
          unit: 'bytes',
        });
      }
      return writer.chunks;
    } catch (error) {
      if (!(error instanceof StalePartError)) throw error;
      await rm(error.path);
    } finally {
      await writer.close();
    }
  }
}
