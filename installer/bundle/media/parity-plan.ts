import { PerimeterError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';

/** How parity is laid out, in the words of PAR2. */
export interface ParityPlan {
  /** The parts are divided into blocks of this size; each can be mended on its own. */
  readonly blockBytes: number;
  /** Blocks of parity: so many blocks of the parts may be damaged. */
  readonly recoveryBlocks: number;
  readonly files: number;
}

/** Into how many blocks all parts together are divided, where files may be large enough for them; and what PAR2 allows at most. */
const usualBlocks = 2000;
const mostBlocks = 32_768;
/** Around each block of parity. */
const packetBytes = 68;

/** Divides parity so that none of its files is larger than `fileBytes`: what holds the parts holds the parity. */
export function planParity(partSizes: readonly number[], percent: number, fileBytes: number): ParityPlan {
  const total = partSizes.reduce((sum, size) => sum + size, 0);
  // Small files want small blocks: several must fit into one of them.
  const wanted = Math.max(usualBlocks, Math.ceil((4 * total) / fileBytes));
  // Each part ends with a block of its own.
  const blocks = Math.min(wanted + partSizes.length, mostBlocks - partSizes.length);
  const blockBytes = Math.ceil(total / Math.max(1, blocks - partSizes.length) / 4) * 4;
  const recoveryBlocks = Math.ceil((blocks * percent) / 100);
  // Each file repeats what describes the parts: a hash of every block, the more often the more blocks of parity are in it.
  const descriptionBytes = 20 * blocks + 300 * partSizes.length + 1024;
  const sizeOf = (count: number): number =>
    count * (blockBytes + packetBytes) + (Math.floor(Math.log2(count)) + 1) * descriptionBytes;
  let perFile = Math.min(recoveryBlocks, Math.floor(fileBytes / (blockBytes + packetBytes)));
  while (perFile > 0 && sizeOf(perFile) > fileBytes) perFile -= 1;
  if (perFile < 1)
    throw new PerimeterError('E_USAGE', {
      message: `Files of ${formatBytes(fileBytes)} are too small for parity of ${formatBytes(total)}`,
      hint: 'Take larger parts, for example: --part-size 2GiB',
    });
  return { blockBytes, recoveryBlocks, files: Math.ceil(recoveryBlocks / perFile) };
}
