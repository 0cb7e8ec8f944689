import { knownText } from '../hosts/known-value.ts';
import type { Survey } from '../hosts/survey.ts';
import { disksOf, listedNames } from './disks.ts';
import { moduleMib } from './memory-modules.ts';

export interface Comparison {
  /** How many things were told by more than one collector. */
  readonly compared: number;
  /** In words: what they tell differently. */
  readonly differences: readonly string[];
}

/** What is told word by word, and should be the same whoever reads it. */
const wordKeys = ['system.serial', 'system.uuid', 'system.model', 'bios.version'];
const mib = 1024 * 1024;
/** Of what the kernel says twice: it may keep a little more for itself in between. */
const memoryTolerance = 0.02;

/** Holds against each other what several collectors told of the same machine: identity, memory and disks. */
export function compareCollectors(survey: Survey): Comparison {
  const found = [
    ...wordKeys.map((key) => compareWords(key, survey)),
    compareMemory(survey),
    compareModules(survey),
    compareDisks(survey),
  ];
  const told = found.filter((differences) => differences !== undefined);
  return { compared: told.length, differences: told.flat() };
}

/** Undefined: not told by two. */
type Found = readonly string[] | undefined;

function compareWords(key: string, survey: Survey): Found {
  const told = survey
    .of(key)
    .flatMap(({ collector, value }) => (value === undefined ? [] : { collector, value }));
  if (told.length < 2) return undefined;
  const [first] = told;
  const differs = told.some(({ value }) => value.toLowerCase() !== first?.value.toLowerCase());
  if (!differs) return [];
  return [`${key}: ${told.map(({ collector, value }) => `${value} by ${collector}`).join(', ')}`];
}

function compareMemory(survey: Survey): Found {
  const [fact] = survey.of('memoryBytes');
  const [byKernel, byOther] = [survey.facts.memoryMib, Math.round(Number(fact?.value) / mib)];
  if (fact === undefined || !(byOther > 0) || byKernel === 0) return undefined;
  return Math.abs(byKernel - byOther) <= byKernel * memoryTolerance
    ? []
    : [`memory: ${byKernel} MiB by proc, ${byOther} MiB by ${fact.collector}`];
}

function compareModules(survey: Survey): Found {
  const [one, other] = [survey.values('dimm').map(moduleMib), survey.values('moduleBytes')];
  if (one.length === 0 || other.length === 0) return undefined;
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const [bySum, byOther] = [sum(one), Math.round(sum(other.map(Number)) / mib)];
  const by = survey.of('moduleBytes')[0]?.collector;
  return one.length === other.length && bySum === byOther
    ? []
    : [
        `memory modules: ${one.length} of ${bySum} MiB together by dmidecode, ${other.length} of ${byOther} MiB by ${by}`,
      ];
}

interface ToldDisk {
  readonly name: string;
  readonly serial: string | undefined;
}

/** By name, since each leaves out disks of another kind: lsblk lists all there are, the other none without a model. */
function compareDisks(survey: Survey): Found {
  const [fact] = survey.of('disk');
  const names = listedNames(survey);
  if (fact === undefined || names.size === 0) return undefined;
  const other = survey.values('disk').flatMap(parseDisk);
  const by = fact.collector;
  const disks = disksOf(survey);
  const missing = disks.filter(
    ({ name, model }) => model !== undefined && !other.some((one) => one.name === name),
  );
  const strange = other.filter(({ name }) => !names.has(name));
  const count = `${disks.length} by lsblk, ${disks.length - missing.length + strange.length} by ${by}`;
  return [
    ...missing.map(({ name }) => `disks: ${count}, which does not tell ${name}`),
    ...strange.map(({ name }) => `disks: ${count}; only that tells ${name}`),
    ...disks.flatMap(({ name, serial }) => {
      const told = other.find((one) => one.name === name)?.serial;
      if (serial === undefined || told === undefined || serial === told) return [];
      return [`serial number of ${name}: ${serial} by lsblk, ${told} by ${by}`];
    }),
  ];
}

function parseDisk(text: string): ToldDisk[] {
  try {
    const { name = '', serial } = JSON.parse(text) as { readonly name?: string; readonly serial?: string };
    return [{ name, serial: knownText(serial) }];
  } catch {
    return [];
  }
}
