import { surveySite } from '../../actions/survey-site.ts';
import { count } from '../../base/units.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { freezeReport, readFrozenReport } from '../../hardware/frozen-report.ts';
import { machineReport } from '../../hardware/machine-report.ts';
import { loadSite } from '../../site/load-site.ts';
import { readPassphrase } from '../bundle/passphrase.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';
import { signerOptions } from './signer-options.ts';

export const hardwareFreezeVerb = defineVerb({
  name: 'hardware freeze',
  summary: 'write down, signed, what the machines of a site are made of; install refuses when that changed',
  description:
    'The report lies in hardware-report.json of the site folder. Run it again after a part was changed on purpose.',
  args: [siteArgument],
  options: signerOptions,
  examples: [
    { command: 'perimeter hardware freeze site/plant', does: 'looks at all nodes and signs the report' },
  ],
  async run({ args: [directory = ''], options, events }) {
    const site = await loadSite(directory);
    const signer = await new SigningKeys().open(
      options['signing-key'],
      await readPassphrase(options['passphrase-file']),
    );
    const surveyed = await surveySite(site, events);
    const machines = surveyed.map(({ node, survey }) => machineReport(node.name, survey));
    const file = await freezeReport(site, machines, signer, new Date());
    const frozen = await readFrozenReport(site);
    return {
      text: `${file}: ${count(machines.length, 'machine')}, signed by ${signer.fingerprint}\ndigest ${frozen?.digest}\n`,
      data: { file, digest: frozen?.digest, machines },
    };
  },
});
