import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { byteProgress, shareProgress } from '../base/byte-progress.ts';
import { PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { writeFileAtomic } from '../base/files.ts';
import { requireFreeRoom } from '../base/free-room.ts';
import { MadeFolders } from '../base/made-folders.ts';
import type { Signer } from '../base/signature.ts';
import { count, formatBytes } from '../base/units.ts';
import { sayingWriteErrors } from '../base/write-errors.ts';
import { bundleBaseName, deltaBaseName } from './bundle-name.ts';
import { layoutBytes } from './media/layout-bytes.ts';
import { makeParity, requireParityProgram } from './media/parity.ts';
import { chunkBytes, formatPartList, partListSuffix } from './media/part-list.ts';
import { PartWriter, StalePartError } from './media/part-writer.ts';
import { type OpenBundleOptions, openVerified } from './open-bundle.ts';
import { openDelta } from './open-delta.ts';
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

/** A bundle or a delta: the bytes of either are cut into parts in the same way. */
interface Exported extends Pick<VerifiedBundle, 'digest' | 'version' | 'sizeBytes' | 'layout' | 'close'> {
  /** What the names of its files begin with. */
  readonly base: string;
}

async function openExported(file: string, options: OpenBundleOptions): Promise<Exported> {
  const delta = await openDelta(file, options);
  if (delta !== undefined) return { ...delta, base: deltaBaseName(delta.digest, delta.delta.against) };
  const bundle = await openVerified(file, options);
  const { digest, version, sizeBytes, layout } = bundle;
  return { base: bundleBaseName(digest), digest, version, sizeBytes, layout, close: () => bundle.close() };
}

/**
 * Writes a bundle or a delta to a medium, verified on the way out, as one file or in parts, with a signed list of what must arrive.
 * Nothing is written twice: run again after an interruption, it goes on. Raises E_DISK_FULL before the first byte where it can, and
 * E_FILE_WRITE.
 */
export async function exportBundle(file: string, options: ExportOptions): Promise<ExportedBundle> {
  const events = options.events ?? silentEvents;
  if (options.parityPercent !== undefined) await requireParityProgram();
  const bundle = await openExported(file, { ...options, events });
  const folders = new MadeFolders();
  try {
    const { base } = bundle;
    const parts = partsOf(base, bundle.sizeBytes, options.partBytes);
    await sayingWriteErrors(options.to, () => folders.make(options.to));
    await requireRoom(options, parts);
    const what = `Write ${formatBytes(bundle.sizeBytes)} in ${count(parts.length, 'part')} to ${options.to}`;
    const chunks = await step(events, ['bundle', 'export'], what, () =>
      writeParts(bundle, parts, options, events),
    );
    const { parityPercent: percent } = options;
    const parityFiles =
      percent === undefined
        ? []
        : await step(events, parityScope, `Compute parity of ${percent} %`, () =>
            makeParity({
              folder: options.to,
              base,
              percent,
              parts,
              fileBytes: Math.min(options.partBytes ?? Number.POSITIVE_INFINITY, largestParityBytes),
              onShare: shareProgress(events, parityScope, bundle.sizeBytes),
              signal: options.signal,
            }),
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
  } catch (error) {
    await folders.removeEmpty();
    throw error;
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

/** About what the list of parts comes to: a line for each chunk and each part, and the signature. */
function listBytes(totalBytes: number, parts: number): number {
  return 2000 + 80 * Math.ceil(totalBytes / chunkBytes) + 160 * parts;
}

const parityScope = ['bundle', 'parity'];
/** Where nobody says how large a file may be, parity still fits on a FAT stick. */
const largestParityBytes = 2 ** 31;

/** FAT file systems, as most sticks come with, and the largest file that they hold. */
const fat = { type: 0x4d44, largestBytes: 2 ** 32 - 1 };

async function requireRoom(
  { to, parityPercent = 0 }: ExportOptions,
  parts: ExportedBundle['parts'],
): Promise<void> {
  const absent = await Promise.all(
    parts.map(async ({ name, sizeBytes }) => {
      const there = await stat(join(to, name)).catch(() => undefined);
      return there?.size === sizeBytes ? [] : [sizeBytes];
    }),
  );
  const total = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const parity = parityPercent === 0 ? [] : [Math.ceil((total * parityPercent) / 100)];
  await requireFreeRoom({
    what: 'The bundle',
    folder: to,
    sizes: [...absent.flat(), ...parity, listBytes(total, parts.length)],
    hint: 'Take a larger medium, or export to a folder and carry the parts on several: --part-size 2GiB',
  });
  const { type } = await statfs(to);
  const [largest = 0] = parts.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => b - a);
  if (type === fat.type && largest > fat.largestBytes)
    throw new PerimeterError('E_DISK_FULL', {
      message: `${to} is a FAT file system, whose files end at 4 GiB; the bundle has ${formatBytes(largest)}`,
      hint: 'Write it in parts: --part-size 2GiB',
    });
}

async function writeParts(
  bundle: Exported,
  parts: ExportedBundle['parts'],
  { to, signal }: ExportOptions,
  events: Events,
): Promise<string[]> {
  for (;;) {
    const writer = new PartWriter(to, parts);
    const tell = byteProgress(events, ['bundle', 'export'], bundle.sizeBytes);
    try {
      for await (const bytes of layoutBytes(bundle.layout)) {
        signal?.throwIfAborted();
        await writer.write(bytes);
        tell(bytes.length);
      }
      return writer.chunks;
    } catch (error) {
      if (!(error instanceof StalePartError)) throw error;
      await sayingWriteErrors(error.path, () => rm(error.path));
    } finally {
      await writer.close();
    }
  }
}
