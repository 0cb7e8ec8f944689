import type { JsonObject } from '../../base/json.ts';
import { formatBytes } from '../../base/units.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';
import { artifactData } from './artifact-data.ts';
import { artifactNamed } from './artifact-named.ts';
import { bundleArgument, onBundle } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const inspectVerb = defineVerb({
  name: 'bundle inspect',
  summary: 'tell what a bundle is, or what one artifact of it is made of',
  args: [bundleArgument, { name: 'ARTIFACT', summary: 'the artifact to look into', optional: true }],
  options: trustOptions,
  examples: [
    { command: 'perimeter bundle inspect perimeter.tar', does: 'digest, version, size' },
    {
      command: 'perimeter bundle inspect perimeter.tar etcd',
      does: 'source, licence and layers of one artifact',
    },
  ],
  async run(context) {
    return await onBundle(context, async (bundle, sizeBytes) => {
      const name = context.args[1];
      if (name === undefined) {
        const kinds = Object.entries(Object.groupBy(bundle.artifacts, (one) => one.kind));
        const licences = Object.entries(Object.groupBy(bundle.artifacts, (one) => one.licence));
        const text = [
          `file      ${bundle.path}`,
          `digest    ${bundle.digest}`,
          `version   ${bundle.version} (sequence ${bundle.sequence})`,
          `signed by ${bundle.signedBy}`,
          `size      ${formatBytes(sizeBytes)}`,
          ...licences.map(([licence, of = []]) => `licence   ${licence}: ${of.length}`),
          ...kinds.map(([kind, of]) => `${kind.padEnd(10)}${of.length}`),
        ];
        const { digest, version, sequence, signedBy } = bundle;
        return {
          text: text.join('\n'),
          data: {
            file: bundle.path,
            digest,
            version,
            sequence,
            signedBy,
            sizeBytes,
            artifacts: artifactData(bundle.artifacts),
          },
        };
      }
      const artifact = artifactNamed(bundle, name);
      const manifest = await bundle.manifest(artifact);
      const { digest, version, tag, licence, source, sets } = artifact;
      const facts = Object.entries({
        name,
        kind: artifact.kind,
        digest,
        version,
        tag,
        licence,
        source,
        sets: sets.join(', '),
      });
      const parts = [manifest.config, ...manifest.layers].map((part) => [
        part.digest,
        formatBytes(part.size),
        part.mediaType,
      ]);
      const text = [...facts.map(([key, value]) => `${key.padEnd(10)}${value}`), '', table(parts)].join('\n');
      return {
        text,
        data: {
          artifact: artifactData([artifact])[0] ?? null,
          manifest: JSON.parse(JSON.stringify(manifest)) as JsonObject,
        },
      };
    });
  },
});
