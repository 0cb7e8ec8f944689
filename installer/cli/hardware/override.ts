import { PerimeterError } from '../../base/errors.ts';
import { issueMessages } from '../../base/schema-words.ts';
import { didYouMean } from '../../base/suggest.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { loadCatalogue } from '../../hardware/catalogue.ts';
import { formatOverride } from '../../hardware/put-override.ts';
import { ModelOverride, signOverride } from '../../hardware/signed-override.ts';
import { writeOverride } from '../../hardware/site-hardware.ts';
import { loadSite } from '../../site/load-site.ts';
import { readPassphrase } from '../bundle/passphrase.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';
import { signerOptions } from './signer-options.ts';

export const hardwareOverrideVerb = defineVerb({
  name: 'hardware override',
  summary: 'say, signed, which model the machine with a serial number is; for firmware that does not tell it',
  description:
    'The entry goes into hardware.yaml of the site folder, in the place of what is there for the same serial number. It counts at this\n' +
    'site only, and only while the key stands in its site.yaml (trust.importerKeys).',
  args: [siteArgument],
  options: {
    serial: { type: 'string', value: 'S', summary: 'serial number, as the machine tells it' },
    model: { type: 'string', value: 'M', summary: 'the model, as `hardware ls SITE` lists it' },
    by: { type: 'string', value: 'WHO', summary: 'who says so' },
    reason: { type: 'string', value: 'TEXT', summary: 'why it has to be said; at least 10 characters' },
    ticket: { type: 'string', value: 'T', summary: 'where it was agreed' },
    ...signerOptions,
  },
  examples: [
    {
      command:
        'perimeter hardware override site/plant --serial ABC123 --model gse-s200 --by a.smith --reason empty-firmware-tables --ticket CHG-17',
      does: 'then see it: perimeter hardware match site/plant',
    },
  ],
  async run({ args: [directory = ''], options: given }) {
    const { serial, model, by, reason, ticket, 'signing-key': name } = given;
    const said = wordsOf({ serial, model, by, reason, ticket });
    const site = await loadSite(directory);
    const known = (await loadCatalogue(site.directory)).map(({ slug }) => slug);
    if (!known.includes(said.model))
      throw new PerimeterError('E_USAGE', {
        message: `There is no model "${said.model}"${didYouMean(said.model, known) || '.'}`,
        hint: `Known: ${known.join(', ')}. A new one: perimeter hardware capture --help`,
      });
    const signer = await new SigningKeys().open(name, await readPassphrase(given['passphrase-file']));
    const override = signOverride(site, said, { name, signer });
    const file = await writeOverride(site, override);
    return {
      text: `${file}: serial number ${said.serial} is ${said.model}, signed by ${signer.fingerprint}\n${formatOverride(override)}`,
      data: { file, override: { ...override }, signedBy: signer.fingerprint },
    };
  },
});

function wordsOf(given: Readonly<Record<keyof ModelOverride, string | undefined>>): ModelOverride {
  const { data, error } = ModelOverride.safeParse(given, { reportInput: true });
  if (error === undefined) return data;
  throw new PerimeterError('E_USAGE', {
    message: 'perimeter hardware override: not all is said that it signs.',
    findings: error.issues
      .flatMap((issue) => issueMessages(issue, ModelOverride))
      .map(({ path, message }) => `--${path.join('.')} ${message}`),
    hint: 'perimeter hardware override --help',
  });
}
