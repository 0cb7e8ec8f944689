import { unfreezeHardware } from '../../actions/freeze-hardware.ts';
import { PerimeterError } from '../../base/errors.ts';
import { loadSite } from '../../site/load-site.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';

export const hardwareUnfreezeVerb = defineVerb({
  name: 'hardware unfreeze',
  summary: 'give freezing up on purpose: from then on no machine is held against a report',
  description:
    'Removes hardware-report.json. What was frozen, who gave it up and why stays in the journal of the site. After a part was changed on\n' +
    'purpose, freeze anew instead.',
  args: [siteArgument],
  options: {
    reason: { type: 'string', value: 'TEXT', summary: 'why; it goes into the journal of the site' },
  },
  examples: [
    {
      command: 'perimeter hardware unfreeze site/plant --reason CHG-1050',
      does: 'then check and install no longer compare',
    },
  ],
  async run({ args: [directory = ''], options: { reason } }) {
    if (reason === undefined || reason.trim() === '') {
      throw new PerimeterError('E_USAGE', {
        message: 'Freezing is not given up without a reason.',
        hint: `Say why, for the journal: perimeter hardware unfreeze ${directory} --reason "CHG-1050: the plant is taken down"`,
      });
    }
    const site = await loadSite(directory);
    const { digest, at, fileDigest } = await unfreezeHardware(site, reason);
    return {
      text: `The machines of site ${site.name} are no longer held against the report ${at === undefined ? '' : `of ${at} `}(${digest ?? `a file that cannot be read, ${fileDigest}`}).\n`,
      data: { digest: digest ?? null, at: at ?? null, fileDigest: fileDigest ?? null, reason },
    };
  },
});
