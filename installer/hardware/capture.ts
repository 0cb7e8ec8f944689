import { join } from 'node:path';
import { dump } from 'js-yaml';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { shellWords } from '../hosts/shell-words.ts';
import type { Survey } from '../hosts/survey.ts';
import type { ToolOutput } from '../hosts/tool-outputs.ts';
import { captureEvidence } from './capture-evidence.ts';
import type { DeviceType } from './device-type.ts';
import { quantitiesOf } from './limits.ts';
import type { ModelFile } from './model-file.ts';

/** A machine as it was looked at for a model. */
export interface SeenMachine {
  readonly survey: Survey;
  readonly outputs: readonly ToolOutput[];
}

export interface CapturedModel {
  readonly slug: string;
  /** Path inside a catalogue folder, and content. */
  readonly files: ReadonlyMap<string, string>;
}

/** What of a machine belongs to its model. Serial numbers, addresses and names are of the one machine, and stay out. */
const modelKeys = [
  'system.manufacturer',
  'system.model',
  'system.sku',
  'board.manufacturer',
  'board.model',
  'chassis.type',
  'bios.vendor',
  'bios.version',
  'bios.date',
  'cpuModel',
  'processor',
  'sockets',
  'dimm',
  'ecc',
  'firmware',
  'tpm',
  'bmc',
];

/** Together they reach what a match needs; the manufacturer alone does not. */
const weights = { 'system.manufacturer': 40, 'system.model': 50 } as const;

/** Turns what one machine told into a model file, its device type and the evidence. Raises E_HARDWARE_UNTOLD for one without a name. */
export function captureModel(host: string, { survey, outputs }: SeenMachine, at: Date): CapturedModel {
  const [manufacturer, model] = [survey.one('system.manufacturer'), survey.one('system.model')];
  if (manufacturer === undefined || model === undefined) throw untold(host, survey);
  const slug = slugOf(`${manufacturer} ${model}`);
  const source = `evidence/${slug}.json`;
  const origin = { provenance: 'captured', source } as const;
  const file: ModelFile = {
    slug,
    deviceType: `${slugOf(manufacturer)}/${slug}`,
    facts: modelKeys.flatMap((name) =>
      [...new Set(survey.values(name))].map((value) => ({ name, value, ...origin })),
    ),
    match: [
      {
        field: 'system.manufacturer',
        op: 'iequals',
        value: manufacturer,
        weight: weights['system.manufacturer'],
        ...origin,
      },
      { field: 'system.model', op: 'iequals', value: model, weight: weights['system.model'], ...origin },
    ],
    // Every machine of the model has at least what this one shows of what is built in.
    limits: Object.entries(quantitiesOf(survey)).flatMap(([what, min]) =>
      min === undefined || (what !== 'sockets' && what !== 'interfaces') ? [] : [{ what, min, ...origin }],
    ),
  };
  const type: DeviceType = { manufacturer, model, slug };
  const head = `# Captured from a real machine by \`perimeter hardware capture\` on ${at.toISOString().slice(0, 10)}; the evidence lies in ${source}.\n`;
  return {
    slug,
    files: new Map([
      [`models/${slug}.yaml`, head + dump(file, { lineWidth: -1, flowLevel: 2 })],
      [`device-types/${file.deviceType}.yaml`, head + dump(type)],
      [source, `${JSON.stringify(captureEvidence(survey, outputs, modelKeys, at), undefined, 2)}\n`],
    ]),
  };
}

/** Writes what was captured into a catalogue folder. What is there already is only replaced when `replace` is set: E_USAGE. */
export async function writeCapture(
  folder: string,
  { files }: CapturedModel,
  replace: boolean,
): Promise<void> {
  for (const path of files.keys()) {
    if (replace || (await readFileIfThere(join(folder, path))) === undefined) continue;
    throw new PerimeterError('E_USAGE', {
      message: `${join(folder, path)} is there already.`,
      hint: 'Compare first; to put the new one in its place, add --replace.',
    });
  }
  for (const [path, content] of files) await writeFileAtomic(join(folder, path), content);
}

function untold(host: string, survey: Survey): PerimeterError {
  const said = survey.all
    .filter(({ key }) => key === 'system.manufacturer' || key === 'system.model')
    .map(({ key, collector, raw }) => `${collector} says for ${key}: "${raw}"`);
  return new PerimeterError('E_HARDWARE_UNTOLD', {
    message: `${host} does not tell its manufacturer and model, so no model can be captured from it.`,
    findings:
      said.length > 0
        ? said
        : ['There is no firmware table to read (a container, or a machine without SMBIOS)'],
    hint: `Have the vendor enter them into the firmware. Until then ${untilThen(survey)}`,
  });
}

/** A word for it is by serial number, so a machine that tells none needs another way. */
function untilThen(survey: Survey): string {
  const serial = survey.one('system.serial');
  return serial === undefined
    ? 'nobody can vouch for it by an override either, as it tells no serial number: name it in inventory.yaml by what it does tell (identity: {uuid: ..., macs: [...]}) and without expectModel.'
    : `name the model by hand for its serial number, signed: perimeter hardware override SITE --serial ${shellWords([serial])} --model MODEL`;
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
