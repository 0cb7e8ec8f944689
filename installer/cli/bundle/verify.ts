import { count, formatBytes, formatDuration } from '../../base/units.ts';
import { checkLayers } from '../../bundle/check-layers.ts';
import { defineVerb } from '../verb.ts';
import { bundleArgument, onBundle } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const verifyVerb = defineVerb({
  name: 'bundle verify',
  summary: 'read a bundle from end to end and name everything that is damaged',
  args: [bundleArgument],
  options: {
    ...trustOptions,
    deep: {
      type: 'boolean',
      summary:
        'also unpack every layer without writing it, and refuse what leads out of its folder or fills a disk',
    },
  },
  examples: [
    {
      command: 'perimeter bundle verify /media/perimeter.tar',
      does: 'reads every byte and names what is damaged',
    },
  ],
  async run(context) {
    const startedAt = performance.now();
    const { options, events, signal } = context;
    return await onBundle(context, async (bundle, sizeBytes) => {
      const ms = performance.now() - startedAt;
      const rate = formatBytes((sizeBytes / ms) * 1000);
      const lines = [
        `${bundle.path} is whole: ${count(bundle.artifacts.length, 'artifact')}, ${formatBytes(sizeBytes)}, read in ${formatDuration(ms)} (${rate}/s)`,
        `digest ${bundle.digest}`,
        `signed by ${bundle.signedBy}`,
      ];
      const checked = options.deep ? await checkLayers(bundle, { events, signal }) : undefined;
      if (checked !== undefined)
        lines.push(
          `${count(checked.layers, 'layer')} with ${checked.entries} files, folders and links can be unpacked safely`,
        );
      return {
        text: lines.join('\n'),
        data: {
          file: bundle.path,
          digest: bundle.digest,
          signedBy: bundle.signedBy,
          sizeBytes,
          ms: Math.round(ms),
          ...(checked === undefined ? {} : { deep: { ...checked } }),
        },
      };
    });
  },
});
