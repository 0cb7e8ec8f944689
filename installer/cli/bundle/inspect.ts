import type { JsonObject } from '../../base/json.ts';
import { formatBytes } from '../../base/units.ts';
import type { BundleArtifact, OpenBundle } from '../../bundle/bundle.ts';
import type { OpenDelta } from '../../bundle/open-delta.ts';
import { table } from '../table.ts';
import { defineVerb, type VerbResult } from '../verb.ts';
import { artifactData } from './artifact-data.ts';
import { artifactNamed } from './artifact-named.ts';
import { deltaData, deltaLines } from './delta-data.ts';
import { bundleArgument, onBundleOrDelta } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const inspectVerb = defineVerb({
  name: 'bundle inspect',
  summary: 'tell what a bundle or a delta is, or what one artifact of it is made of',
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
    const name = context.args[1];
    return await onBundleOrDelta(
      context,
      async (bundle, sizeBytes) =>
        name === undefined ? aboutBundle(bundle, sizeBytes) : await aboutArtifact(bundle, name),
      async (delta) => (name === undefined ? aboutDelta(delta) : aboutCarried(delta, name)),
    );
  },
});

function aboutBundle(bundle: OpenBundle, sizeBytes: number): VerbResult {
  const { path: file, digest, version, sequence, signedBy, artifacts } = bundle;
  const kinds = Object.entries(Object.groupBy(artifacts, (one) => one.kind));
  const licences = Object.entries(Object.groupBy(artifacts, (one) => one.licence));
  const text = [
    `file      ${file}`,
    `digest    ${digest}`,
    `version   ${version} (sequence ${sequence})`,
    `signed by ${signedBy}`,
    `size      ${formatBytes(sizeBytes)}`,
    ...licences.map(([licence, of = []]) => `licence   ${licence}: ${of.length}`),
    ...kinds.map(([kind, of]) => `${kind.padEnd(10)}${of.length}`),
  ];
  return {
    text: text.join('\n'),
    data: { file, digest, version, sequence, signedBy, sizeBytes, artifacts: artifactData(artifacts) },
  };
}

async function aboutArtifact(bundle: OpenBundle, name: string): Promise<VerbResult> {
  const artifact = artifactNamed(bundle, name);
  const manifest = await bundle.manifest(artifact);
  const parts = [manifest.config, ...manifest.layers].map((part) => [
    part.digest,
    formatBytes(part.size),
    part.mediaType,
  ]);
  return {
    text: [...factLines(artifact), '', table(parts)].join('\n'),
    data: {
      artifact: artifactData([artifact])[0] ?? null,
      manifest: JSON.parse(JSON.stringify(manifest)) as JsonObject,
    },
  };
}

function aboutDelta(delta: OpenDelta): VerbResult {
  const text = [
    `file      ${delta.path}`,
    `delta of  ${delta.digest}`,
    `version   ${delta.version} (sequence ${delta.sequence})`,
    `signed by ${delta.signedBy}`,
    `size      ${formatBytes(delta.sizeBytes)}`,
    ...deltaLines(delta),
    `artifacts ${delta.carriedOf().length} of ${delta.artifacts.length}: perimeter bundle ls ${delta.path}`,
  ];
  return { text: text.join('\n'), data: deltaData(delta) };
}

function aboutCarried(delta: OpenDelta, name: string): VerbResult {
  const artifact = artifactNamed(delta, name);
  const carried = delta.carriedOf().find((one) => one.artifact.name === name);
  const carriedBytes = carried?.carriedBytes ?? 0;
  return {
    text: [...factLines(artifact), `carried   ${formatBytes(carriedBytes)}`].join('\n'),
    data: { artifact: artifactData([artifact])[0] ?? null, carriedBytes },
  };
}

function factLines({ name, kind, digest, version, tag, licence, source, sets }: BundleArtifact): string[] {
  const facts = { name, kind, digest, version, tag, licence, source, sets: sets.join(', ') };
  return Object.entries(facts).map(([key, value]) => `${key.padEnd(10)}${value}`);
}
