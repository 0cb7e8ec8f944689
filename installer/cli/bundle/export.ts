import { PerimeterError } from '../../base/errors.ts';
import { count, formatBytes, parseBytes } from '../../base/units.ts';
import { exportBundle } from '../../bundle/export-bundle.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { builderKey } from '../../bundle/trust.ts';
import { defineVerb } from '../verb.ts';
import { bundleArgument, bundleFile } from './on-bundle.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';
import { chosenTrust, trustOptions } from './trust-options.ts';

export const exportVerb = defineVerb({
  name: 'bundle export',
  summary:
    'write a bundle or a delta to a medium, in one file or in parts, with a signed list of what must arrive',
  description:
    'The bundle is verified while it is written; nothing is written twice, so an interrupted export goes on. Everything that is written\n' +
    'belongs together: carry all of it. The folder, or any of its files, is then named where a bundle is asked for.',
  args: [bundleArgument],
  options: {
    to: { type: 'string', value: 'DIR', summary: 'the folder on the medium' },
    'part-size': {
      type: 'string',
      value: 'SIZE',
      summary: 'largest size of a file, such as 2GiB; default: one file',
    },
    parity: {
      type: 'string',
      value: 'PERCENT',
      summary:
        'also write parity, such as 5%: so much damage can be mended on arrival (needs the program par2)',
    },
    'signing-key': {
      type: 'string',
      value: 'NAME',
      default: builderKey,
      summary: 'the key that signs the list',
    },
    'passphrase-file': passphraseOption,
    ...trustOptions,
  },
  examples: [
    { command: 'perimeter bundle export --to /media/stick', does: 'the newest bundle, in one file' },
    {
      command: 'perimeter bundle export perimeter.tar --to /media/stick --part-size 2GiB --parity 5%',
      does: 'in parts that a FAT stick holds; scratches can be mended',
    },
  ],
  async run({ args, options, events, signal }) {
    const { to } = options;
    if (to === undefined) throw usage('--to is missing: the folder on the medium');
    const partBytes = options['part-size'] === undefined ? undefined : parseBytes(options['part-size']);
    if (options['part-size'] !== undefined && partBytes === undefined)
      throw usage(`--part-size is "${options['part-size']}", which is no size; for example 2GiB`);
    const parityPercent = options.parity === undefined ? undefined : percentOf(options.parity);
    const passphrase = await readPassphrase(options['passphrase-file']);
    const exported = await exportBundle(await bundleFile(args[0]), {
      to,
      partBytes,
      parityPercent,
      trust: await chosenTrust(options),
      signer: await new SigningKeys().open(options['signing-key'], passphrase),
      events,
      signal,
    });
    const { list, parts, parityFiles, sizeBytes } = exported;
    const lines = [
      `${formatBytes(sizeBytes)} in ${count(parts.length, 'part')}${parityFiles.length === 0 ? '' : `, and ${count(parityFiles.length, 'file')} of parity`}`,
      ...[...parts.map(({ name }) => name), ...parityFiles].map((name) => `  ${name}`),
      list,
      `On arrival: perimeter bundle verify ${to} --site SITE`,
    ];
    return { text: lines.join('\n'), data: { list, parts, parityFiles, sizeBytes } };
  },
});

function percentOf(text: string): number {
  const [, digits] = /^(\d{1,3})%?$/.exec(text) ?? [];
  if (digits !== undefined && Number(digits) >= 1 && Number(digits) <= 100) return Number(digits);
  throw usage(`--parity is "${text}", which is no percentage from 1% to 100%`);
}

function usage(message: string): PerimeterError {
  return new PerimeterError('E_USAGE', {
    message: `perimeter bundle export: ${message}.`,
    hint: 'perimeter bundle export --help',
  });
}
