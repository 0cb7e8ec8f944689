import { freezeHardware } from '../../actions/freeze-hardware.ts';
import { count } from '../../base/units.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { loadSite } from '../../site/load-site.ts';
import { readPassphrase } from '../bundle/passphrase.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';
import { doubtLines } from './doubt-lines.ts';
import { signerOptions } from './signer-options.ts';

export const hardwareFreezeVerb = defineVerb({
  name: 'hardware freeze',
  summary: 'write down, signed, what the machines of a site are made of; install refuses when that changed',
  description:
    'The report lies in hardware-report.json of the site folder. Run it again after a part was changed on purpose. A report that is gone\n' +
    'is refused as well; to give freezing up: perimeter hardware unfreeze.',
  args: [siteArgument],
  options: signerOptions,
  examples: [
    { command: 'perimeter hardware freeze site/plant', does: 'looks at all nodes and signs the report' },
  ],
  async run({ args: [directory = ''], options, events, signal }) {
    const site = await loadSite(directory);
    const signer = await new SigningKeys().open(
      options['signing-key'],
      await readPassphrase(options['passphrase-file']),
    );
    const { file, digest, machines, doubts } = await freezeHardware(site, signer, { events, signal });
    return {
      text: `${file}: ${count(machines.length, 'machine')}, signed by ${signer.fingerprint}\ndigest ${digest}\n${doubtLines(doubts)}`,
      data: { file, digest, machines, doubts },
    };
  },
});
