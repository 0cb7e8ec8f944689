import { fingerprintOf } from '../../base/signature.ts';
import { count, formatBytes, formatDuration } from '../../base/units.ts';
import { buildBundle } from '../../bundle/build-bundle.ts';
import { lockDifferences, readImagesLock } from '../../bundle/images-lock.ts';
import { builderKey } from '../../bundle/trust.ts';
import { defineVerb } from '../verb.ts';
import { artifactData } from './artifact-data.ts';
import { buildOptions, selectionOptions } from './build-options.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';

export const buildVerb = defineVerb({
  name: 'bundle build',
  summary: 'make every artifact that the cache does not have, and write them as one file',
  args: [],
  options: {
    ...selectionOptions,
    out: { type: 'string', value: 'FILE', summary: "where the bundle goes; default: the person's cache" },
    key: {
      type: 'string',
      value: 'NAME',
      summary: `the key that signs; default: ${builderKey}, made the first time`,
    },
    'passphrase-file': passphraseOption,
  },
  examples: [
    { command: 'perimeter bundle build', does: 'makes what is missing and writes the bundle' },
    { command: 'perimeter bundle build --set core', does: 'a smaller bundle: the cluster alone' },
  ],
  async run(context) {
    const startedAt = performance.now();
    const out = context.options.out;
    const { key } = context.options;
    const passphrase = await readPassphrase(context.options['passphrase-file']);
    const built = await buildBundle({
      ...buildOptions(context),
      ...(out === undefined ? {} : { out }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    const signedBy = fingerprintOf(built.publicKey);
    const locked = await readImagesLock();
    const stale = locked === undefined ? [] : lockDifferences(locked, built.artifacts, false);
    const how = built.written ? 'written' : 'unchanged';
    const lines = [
      built.file,
      `${count(built.artifacts.length, 'artifact')}, ${formatBytes(built.sizeBytes)}, ${how} in ${formatDuration(performance.now() - startedAt)}`,
      `digest ${built.digest}`,
      `signed by ${signedBy}`,
    ];
    if (locked === undefined) lines.push('There is no images.lock yet: perimeter bundle lock');
    else if (stale.length > 0)
      lines.push(
        `images.lock says otherwise about ${count(stale.length, 'thing')}: perimeter bundle lock --check`,
      );
    const { file, digest, sizeBytes, written } = built;
    const data = {
      file,
      digest,
      sizeBytes,
      written,
      signedBy,
      artifacts: artifactData(built.artifacts),
      lockDifferences: stale,
    };
    return { text: lines.join('\n'), data };
  },
});
