import type { OpenBundle } from '../../bundle/bundle.ts';
import { withPackages } from '../../bundle/compare-packages.ts';
import { describeDiff, diffBundles } from '../../bundle/diff-bundles.ts';
import { openVerified } from '../../bundle/open-bundle.ts';
import { defineVerb } from '../verb.ts';
import { chosenTrust, trustOptions } from './trust-options.ts';

export const diffVerb = defineVerb({
  name: 'bundle diff',
  summary: 'say in words what changes from one bundle to another, for a change request',
  args: [
    { name: 'BEFORE', summary: 'the bundle (file, part, folder or store) that a site has' },
    { name: 'AFTER', summary: 'the one that it would get' },
  ],
  options: trustOptions,
  examples: [
    {
      command: 'perimeter bundle diff site/plant/bundles /media/stick',
      does: 'added, removed, newer and older, packages inside, sizes, licences, bytes to carry',
    },
  ],
  async run({ args: [first = '', second = ''], options, events, signal }) {
    const trust = await chosenTrust(options);
    const before = await openVerified(first, { trust, events, signal });
    try {
      const after = await openVerified(second, { trust, events, signal });
      try {
        const diff = await withPackages(diffBundles(before, after), before, after);
        const heading = [`From ${nameOf(before)}`, `To   ${nameOf(after)}`, ''];
        const data = { before: dataOf(before), after: dataOf(after), ...diff };
        return { text: [...heading, ...describeDiff(diff)].join('\n'), data };
      } finally {
        await after.close();
      }
    } finally {
      await before.close();
    }
  },
});

function nameOf({ version, sequence, digest }: OpenBundle): string {
  return `version ${version}, sequence ${sequence}, ${digest}`;
}

function dataOf({ path, version, sequence, digest }: OpenBundle): {
  path: string;
  version: string;
  sequence: number;
  digest: string;
} {
  return { path, version, sequence, digest };
}
