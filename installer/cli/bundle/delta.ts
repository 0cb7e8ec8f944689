import { PerimeterError } from '../../base/errors.ts';
import { count, formatBytes } from '../../base/units.ts';
import { makeDelta } from '../../bundle/make-delta.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { builderKey } from '../../bundle/trust.ts';
import { defineVerb } from '../verb.ts';
import { bundleArgument, bundleFile } from './on-bundle.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';
import { chosenTrust, trustOptions } from './trust-options.ts';

export const deltaVerb = defineVerb({
  name: 'bundle delta',
  summary: 'write only what a site lacks of a bundle, by the receipt of what it has',
  description:
    'The receipt comes from the closed side: perimeter site have. The delta is brought in there: perimeter bundle import.',
  args: [bundleArgument],
  options: {
    against: { type: 'string', value: 'RECEIPT', summary: 'the receipt of what the site has' },
    out: { type: 'string', value: 'FILE', default: 'delta.tar', summary: 'where the delta goes' },
    'signing-key': { type: 'string', value: 'NAME', default: builderKey, summary: 'the key that signs it' },
    'passphrase-file': passphraseOption,
    ...trustOptions,
  },
  examples: [
    {
      command: 'perimeter bundle delta --against have.json --out /media/stick/delta.tar',
      does: 'what is new in the newest bundle',
    },
  ],
  async run({ args, options, events, signal }) {
    const { against, out } = options;
    if (against === undefined)
      throw new PerimeterError('E_USAGE', {
        message: 'perimeter bundle delta: --against is missing: the receipt of what the site has.',
        hint: 'On the closed side: perimeter site have SITE --out have.json',
      });
    const passphrase = await readPassphrase(options['passphrase-file']);
    const signer = await new SigningKeys().open(options['signing-key'], passphrase);
    const trust = await chosenTrust(options);
    const made = await makeDelta(await bundleFile(args[0]), { against, out, trust, signer, events, signal });
    const lines = [
      made.file,
      `${count(made.carried, 'blob')} that site ${made.site} lacks, ${formatBytes(made.carriedBytes)} (file ${formatBytes(made.sizeBytes)}); it has ${count(made.expected, 'other')}`,
      `receipt signed by ${made.receiptSignedBy}: compare it with the importer's key of the site`,
    ];
    return { text: lines.join('\n'), data: { ...made } };
  },
});
