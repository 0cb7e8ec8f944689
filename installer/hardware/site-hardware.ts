import { join } from 'node:path';
import { z } from 'zod';
import { checkYaml, describeProblems } from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { repeated } from '../site/repeated.ts';
import type { Site } from '../site/site.ts';
import type { Catalogue } from './catalogue.ts';
import { putOverride } from './put-override.ts';
import { ModelOverride, type SignedOverride, signatureProblem } from './signed-override.ts';

/** In the site folder: what an operator says of machines that do not tell it themselves. */
const overridesFile = 'hardware.yaml';

/** For one site, at one time: only there and then a signature counts, and only what a catalogue has is a model. */
function hardwareFile(site: Site, catalogue: Catalogue, now: Date) {
  const known = catalogue.map(({ slug }) => slug);
  const entry = ModelOverride.extend({ signature: z.string().optional() }).superRefine(
    (override, context) => {
      const complain = (key: string, message: string | undefined): void => {
        if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
      };
      if (!known.includes(override.model))
        complain('model', `there is no model "${override.model}"; known: ${known.join(', ')}`);
      complain('signature', signatureProblem(site, override, now));
    },
  );
  return z.strictObject({
    overrides: z.array(entry).superRefine((overrides, context) => {
      repeated(
        overrides.map(({ serial }) => serial),
        (index) =>
          context.addIssue({
            code: 'custom',
            path: [index, 'serial'],
            message: `there are two words about ${overrides[index]?.serial}`,
          }),
      );
    }),
  });
}

/**
 * None when there is no such file. Raises E_HARDWARE_INVALID for a file with problems: among them a model that no catalogue has, and a
 * word that nobody signed whom the site trusts for that (trust.importerKeys).
 */
export async function loadOverrides(
  site: Site,
  catalogue: Catalogue,
  now = new Date(),
): Promise<readonly ModelOverride[]> {
  const path = join(site.directory, overridesFile);
  const text = await readFileIfThere(path);
  if (text === undefined) return [];
  const { value, problems } = checkYaml(overridesFile, text, hardwareFile(site, catalogue, now));
  if (value !== undefined) return value.overrides;
  throw new PerimeterError('E_HARDWARE_INVALID', {
    message: `${path} cannot be used.`,
    findings: describeProblems(problems),
    hint: `Mend these lines, and sign what is true of the machines. Then look again: perimeter hardware match ${site.directory}`,
  });
}

/** Puts the entry into the file, in the place of what is there for the same serial number. Raises E_HARDWARE_INVALID. */
export async function writeOverride(site: Site, override: SignedOverride): Promise<string> {
  const path = join(site.directory, overridesFile);
  await writeFileAtomic(path, putOverride(overridesFile, await readFileIfThere(path), override));
  return path;
}
