import { formatBytes } from '../../base/units.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';
import { artifactData } from './artifact-data.ts';
import { bundleArgument, onBundle } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const lsVerb = defineVerb({
  name: 'bundle ls',
  summary: 'list the artifacts of a bundle',
  args: [bundleArgument],
  options: trustOptions,
  examples: [
    { command: 'perimeter bundle ls perimeter.tar', does: 'kind, version, size, licence and sets of each' },
  ],
  async run(context) {
    return await onBundle(context, async (bundle) => {
      const rows = bundle.artifacts.map((one) => [
        one.name,
        one.kind,
        one.version,
        formatBytes(one.sizeBytes),
        one.licence,
        one.sets.join(','),
      ]);
      const text = table([['ARTIFACT', 'KIND', 'VERSION', 'SIZE', 'LICENCE', 'SETS'], ...rows]);
      return { text, data: { file: bundle.path, artifacts: artifactData(bundle.artifacts) } };
    });
  },
});
