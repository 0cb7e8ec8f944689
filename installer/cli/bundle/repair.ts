import { repairBundle } from '../../bundle/repair-bundle.ts';
import { defineVerb } from '../verb.ts';
import { chosenTrust, trustOptions } from './trust-options.ts';

export const repairVerb = defineVerb({
  name: 'bundle repair',
  summary: 'mend damaged or missing parts by the parity that they were exported with',
  description:
    'The parts are mended in their folder, which must be writable: copy them from a read-only medium first.',
  args: [{ name: 'DIR', summary: 'the folder with the parts' }],
  options: trustOptions,
  examples: [
    { command: 'perimeter bundle repair /media/stick', does: 'mends the parts there and verifies the whole' },
  ],
  async run({ args: [folder = ''], options, events, signal }) {
    const mended = await repairBundle(folder, { trust: await chosenTrust(options), events, signal });
    const names = mended.map(({ name }) => name);
    const what = names.length === 0 ? 'nothing had to be mended' : `mended: ${names.join(', ')}`;
    return { text: `The bundle in ${folder} is whole; ${what}.`, data: { folder, mended: names } };
  },
});
