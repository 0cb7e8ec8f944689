import { join } from 'node:path';
import { z } from 'zod';
import { checkYaml, describeProblem } from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere } from '../base/files.ts';
import type { Catalogue } from './catalogue.ts';
import type { ModelOverride } from './match-model.ts';

/** hardware.yaml of a site folder: what an operator says of machines that do not tell it themselves. */
const HardwareFile = z.strictObject({
  overrides: z.array(
    z.strictObject({
      serial: z.string().min(1),
      model: z.string().min(1).meta({ example: 'model: gse-s200' }),
      by: z.string().min(1).meta({ example: 'by: a.smith' }),
      reason: z.string().min(10).meta({ example: 'reason: the firmware tables are empty' }),
      ticket: z.string().min(1).meta({ example: 'ticket: CHG-17' }),
    }),
  ),
});

/** None when there is no such file. Raises E_HARDWARE_INVALID for a file with problems or a model that no catalogue has. */
export async function loadOverrides(
  siteDirectory: string,
  catalogue: Catalogue,
): Promise<readonly ModelOverride[]> {
  const text = await readFileIfThere(join(siteDirectory, 'hardware.yaml'));
  if (text === undefined) return [];
  const { value, problems, document } = checkYaml('hardware.yaml', text, HardwareFile);
  const known = catalogue.map(({ slug }) => slug);
  const strange = (value?.overrides ?? []).flatMap(({ model }, index) => {
    const path = ['overrides', index, 'model'];
    const message = `there is no model "${model}"; known: ${known.join(', ')}`;
    return known.includes(model)
      ? []
      : [{ file: 'hardware.yaml', line: document.lineOf(path), path, message }];
  });
  const all = [...problems, ...strange];
  if (all.length === 0) return value?.overrides ?? [];
  throw new PerimeterError('E_HARDWARE_INVALID', {
    message: `hardware.yaml of the site cannot be used.`,
    findings: all.map(describeProblem),
    hint: 'Mend these lines, then look again: npm run perimeter -- hardware match SITE',
  });
}
