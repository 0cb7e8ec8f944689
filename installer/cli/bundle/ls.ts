import { formatBytes } from '../../base/units.ts';
import type { BundleArtifact } from '../../bundle/bundle.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';
import { artifactData } from './artifact-data.ts';
import { deltaData, deltaLines } from './delta-data.ts';
import { bundleArgument, onBundleOrDelta } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const lsVerb = defineVerb({
  name: 'bundle ls',
  summary: 'list the artifacts of a bundle, or those of which a delta carries something',
  args: [bundleArgument],
  options: trustOptions,
  examples: [
    { command: 'perimeter bundle ls perimeter.tar', does: 'kind, version, size, licence and sets of each' },
  ],
  async run(context) {
    return await onBundleOrDelta(
      context,
      async (bundle) => {
        const rows = bundle.artifacts.map((one) => row(one, formatBytes(one.sizeBytes)));
        const text = table([heading('SIZE'), ...rows]);
        return { text, data: { file: bundle.path, artifacts: artifactData(bundle.artifacts) } };
      },
      async (delta) => {
        const carried = delta.carriedOf();
        const rows = carried.map(({ artifact, carriedBytes }) => row(artifact, formatBytes(carriedBytes)));
        const artifacts = carried.map(({ artifact, carriedBytes }) => ({ ...artifact, carriedBytes }));
        return {
          text: [table([heading('CARRIED'), ...rows]), ...deltaLines(delta)].join('\n'),
          data: { ...deltaData(delta), artifacts },
        };
      },
    );
  },
});

function heading(size: string): string[] {
  return ['ARTIFACT', 'KIND', 'VERSION', size, 'LICENCE', 'SETS'];
}

function row(artifact: BundleArtifact, size: string): string[] {
  const { name, kind, version, licence, sets } = artifact;
  return [name, kind, version, size, licence, sets.join(',')];
}
