import { join } from 'node:path';
import { checkYaml, describeProblems, type FileProblem } from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { productDirectory } from '../base/files.ts';
import { readFolder } from '../base/read-folder.ts';
import { count } from '../base/units.ts';
import { DeviceType } from './device-type.ts';
import { ModelFile } from './model-file.ts';

export interface MachineModel extends ModelFile {
  readonly type: DeviceType;
  /** As a person knows it: `models/gse-s200.yaml`. */
  readonly file: string;
}

/** Sorted by slug. */
export type Catalogue = readonly MachineModel[];

/**
 * The product's catalogue, and that of the site when one is named: folder `hardware/` with models/ and device-types/. A model of the
 * site stands in place of the product's. Raises E_HARDWARE_INVALID with every problem of every file.
 */
export async function loadCatalogue(siteDirectory?: string): Promise<Catalogue> {
  const folders = [
    productDirectory('hardware'),
    ...(siteDirectory === undefined ? [] : [join(siteDirectory, 'hardware')]),
  ];
  const found = new Map<string, MachineModel>();
  const problems: FileProblem[] = [];
  for (const folder of folders) {
    const read = await readCatalogue(folder);
    problems.push(...read.problems);
    for (const model of read.models) found.set(model.slug, model);
  }
  if (problems.length > 0) throw invalid(problems);
  return [...found.values()].toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
}

async function readCatalogue(folder: string): Promise<{ models: MachineModel[]; problems: FileProblem[] }> {
  const files = await readFolder(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return new Map<string, string>();
    throw error;
  });
  const problems: FileProblem[] = [];
  const types = new Map<string, DeviceType>();
  for (const [file, text] of files) {
    if (!/^device-types\/.+\.ya?ml$/.test(file)) continue;
    const checked = checkYaml(file, text, DeviceType);
    problems.push(...checked.problems);
    if (checked.value !== undefined)
      types.set(file.replace(/^device-types\//, '').replace(/\.ya?ml$/, ''), checked.value);
  }
  const models: MachineModel[] = [];
  for (const [file, text] of files) {
    if (!/^models\/[^/]+\.ya?ml$/.test(file)) continue;
    const { value, problems: own, document } = checkYaml(file, text, ModelFile);
    problems.push(...own);
    if (value === undefined) continue;
    const complain = (key: string, message: string): void =>
      void problems.push({ file, line: document.lineOf([key]), path: [key], message });
    const type = types.get(value.deviceType);
    if (file !== `models/${value.slug}.yaml`) complain('slug', `must be the name of the file (${file})`);
    if (type === undefined)
      complain('deviceType', `there is no device-types/${value.deviceType}.yaml, or it has problems`);
    else models.push({ ...value, type, file });
  }
  return { models, problems };
}

function invalid(problems: readonly FileProblem[]): PerimeterError {
  return new PerimeterError('E_HARDWARE_INVALID', {
    message: `The hardware catalogue has ${count(problems.length, 'problem')}.`,
    findings: describeProblems(problems),
    hint: 'Mend these lines, then look again: npm run perimeter -- hardware ls',
  });
}
