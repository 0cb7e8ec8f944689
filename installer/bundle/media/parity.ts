import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import { type DamagedPart, howToMend } from './how-to-mend.ts';
import { type Par2Run, par2 } from './par2.ts';
import { planParity } from './parity-plan.ts';
import type { PartList } from './part-list.ts';

/** Gets how far the work is, of 1. */
export type OnShare = (share: number) => void;

/** Raises E_MACHINE_UNFIT when the program that computes parity is not there. `howToGet` says what to do about it on this side. */
export async function requireParityProgram(howToGet?: string): Promise<void> {
  await par2(['--version'], { cwd: '/', howToGet });
}

export interface ParityWork {
  readonly folder: string;
  /** What the names of the parity files begin with. */
  readonly base: string;
  readonly percent: number;
  readonly parts: PartList['parts'];
  /** No file of parity is larger. */
  readonly fileBytes: number;
  readonly onShare: OnShare;
  readonly signal?: AbortSignal | undefined;
}

/** Writes parity files (PAR2, Reed-Solomon) beside the parts and returns their names. Old ones are replaced. */
export async function makeParity(work: ParityWork): Promise<readonly string[]> {
  const { folder, base, percent, parts, fileBytes, onShare, signal } = work;
  const plan = planParity(
    parts.map(({ sizeBytes }) => sizeBytes),
    percent,
    fileBytes,
  );
  for (const name of await parityFiles(folder, base)) await rm(join(folder, name));
  const options = [`-s${plan.blockBytes}`, `-c${plan.recoveryBlocks}`, '-u', `-n${plan.files}`];
  const names = parts.map(({ name }) => name);
  const run = await par2(['create', ...options, `${base}.par2`, ...names], {
    cwd: folder,
    signal,
    onLine: (line) => tellShare(line, 'Processing', onShare),
  });
  if (run.exitCode !== 0)
    throw diskFullOf(run, folder) ?? failed('E_BUILD_FAILED', `Parity for ${folder} could not be made`, run);
  return await parityFiles(folder, base);
}

export interface RepairWork {
  readonly folder: string;
  readonly base: string;
  /** What is wrong before. */
  readonly damaged: readonly DamagedPart[];
  readonly parity: NonNullable<PartList['parity']>;
  readonly onShare: OnShare;
  readonly signal?: AbortSignal | undefined;
}

/** Mends parts in their place. Raises E_BUNDLE_DAMAGED when there is more damage than parity; the parts are then as they were. */
export async function repairByParity(work: RepairWork): Promise<void> {
  const { folder, base, onShare, signal } = work;
  const before = new Set(await readdir(folder));
  let isMended = false;
  try {
    const run = await par2(['repair', `${base}.par2`], {
      cwd: folder,
      signal,
      onLine: (line) => tellShare(line, 'Repairing', onShare),
    });
    if (run.exitCode !== 0) throw refusalOf(work, before, run);
    isMended = true;
  } finally {
    // par2 keeps a damaged part under a new name. Until it is mended, what is left of it is all there is.
    for (const name of await readdir(folder)) {
      const part = /^(.+)\.\d+$/.exec(name)?.[1];
      if (part === undefined || before.has(name) || !before.has(part)) continue;
      if (isMended) await rm(join(folder, name));
      else await rename(join(folder, name), join(folder, part));
    }
  }
}

/** Exit codes of par2: what it says in words is for its own users. */
const notPossible = 2;
const noParity = [3, 4];

function refusalOf(
  { folder, damaged, parity }: RepairWork,
  present: ReadonlySet<string>,
  run: Par2Run,
): PerimeterError {
  const sentences = damaged.map(({ sentence }) => sentence);
  const absent = parity.files.filter((name) => !present.has(name));
  const gone = absent.length === 0 ? [] : [`of its parity, ${absent.join(', ')} is missing`];
  if (run.exitCode === notPossible) {
    const lacking = run.lines
      .map((line) => /^You need (\d+) more recovery blocks/.exec(line)?.[1])
      .find(Boolean);
    return new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The parts in ${folder} cannot be repaired: there is more damage than parity${lacking === undefined ? '' : `, by ${lacking} blocks`}`,
      hint: `${howToMend(folder, damaged)}\nOne of them may be enough: then repair again.`,
      findings: [...sentences, ...gone],
    });
  }
  if (noParity.includes(run.exitCode))
    return new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The parts in ${folder} cannot be repaired: their parity is missing or damaged`,
      hint: `Carry again: ${(absent.length === 0 ? parity.files : absent).join(', ')}\nOr instead of repairing:\n${howToMend(folder, damaged)}`,
      findings: [...sentences, ...gone],
    });
  return (
    diskFullOf(run, folder) ?? failed('E_BUNDLE_DAMAGED', `The parts in ${folder} could not be repaired`, run)
  );
}

function diskFullOf({ lines }: Par2Run, folder: string): PerimeterError | undefined {
  const line = lines.find((one) => /no space left|quota exceeded/i.test(one));
  if (line === undefined) return undefined;
  return new PerimeterError('E_DISK_FULL', {
    message: `There is no room left in ${folder}: ${line}`,
    hint: 'Make room there and run the same command again. While a part is mended, it lies there twice.',
  });
}

function failed(
  code: 'E_BUILD_FAILED' | 'E_BUNDLE_DAMAGED',
  message: string,
  { exitCode, lines }: Par2Run,
): PerimeterError {
  return new PerimeterError(code, {
    message: `${message}: par2 ended with exit code ${exitCode}`,
    hint: 'Read what it said above, and mend that. What the parts are like: perimeter bundle verify',
    findings: lines.slice(-10),
  });
}

function tellShare(line: string, phase: string, onShare: OnShare): void {
  const [, word, percent] = /^(\w+): ([\d.]+)%$/.exec(line) ?? [];
  if (word === phase) onShare(Number(percent) / 100);
}

async function parityFiles(folder: string, base: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.startsWith(`${base}.`) && name.endsWith('.par2'))
    .toSorted();
}
