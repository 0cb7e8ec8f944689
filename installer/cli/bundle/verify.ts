import { count, formatBytes, formatDuration } from '../../base/units.ts';
import type { OpenBundle } from '../../bundle/bundle.ts';
import { checkLayers } from '../../bundle/check-layers.ts';
import { defineVerb, type VerbResult } from '../verb.ts';
import { deltaData, deltaLines } from './delta-data.ts';
import { bundleArgument, onBundleOrDelta } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const verifyVerb = defineVerb({
  name: 'bundle verify',
  summary: 'read a bundle or a delta from end to end and name everything that is damaged',
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
    const onWhole = async (bundle: OpenBundle, sizeBytes: number): Promise<VerbResult> => {
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
    };
    return await onBundleOrDelta(context, onWhole, async (delta) => {
      const ms = performance.now() - startedAt;
      const lines = [
        `${delta.path} is a delta, and what it carries is whole, read in ${formatDuration(ms)}`,
        ...deltaLines(delta),
        `digest    ${delta.digest}`,
        `signed by ${delta.signedBy}`,
        'Whether the store has what it needs shows when it is brought in: perimeter bundle import',
      ];
      return { text: lines.join('\n'), data: { ...deltaData(delta), ms: Math.round(ms) } };
    });
  },
});
