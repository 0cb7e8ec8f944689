import { PerimeterError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { buildAll } from '../../bundle/build-bundle.ts';
import {
  imagesLockFile,
  lockDifferences,
  readImagesLock,
  writeImagesLock,
} from '../../bundle/images-lock.ts';
import { mergeLock } from '../../bundle/merge-lock.ts';
import { defineVerb } from '../verb.ts';
import { buildOptions, selectionOptions } from './build-options.ts';

export const lockVerb = defineVerb({
  name: 'bundle lock',
  summary: 'write images.lock: every artifact by digest, size, licence and source',
  args: [],
  options: {
    ...selectionOptions,
    check: { type: 'boolean', summary: 'change nothing, fail when images.lock does not fit' },
  },
  examples: [
    { command: 'perimeter bundle lock', does: 'writes what the recipes make' },
    { command: 'perimeter bundle lock --check', does: 'fails when images.lock does not fit what is built' },
    {
      command: 'perimeter bundle lock --refresh node-debs',
      does: 'takes the Debian packages that are served now',
    },
  ],
  async run(context) {
    const { artifacts, lock: made } = await buildAll(buildOptions(context));
    const whole = context.options.set.length === 0 && context.options.only.length === 0;
    const current = await readImagesLock();
    const differences =
      current === undefined ? ['there is no images.lock'] : lockDifferences(current, artifacts, whole);
    const file = imagesLockFile();
    if (context.options.check) {
      if (differences.length === 0)
        return { text: `${file} fits ${count(artifacts.length, 'artifact')}.`, data: { file } };
      throw new PerimeterError('E_LOCK_STALE', {
        message: `${file} does not fit what the recipes make`,
        hint: 'If the change is meant: npm run perimeter -- bundle lock',
        findings: differences,
      });
    }
    const next = { ...made, sequence: made.sequence + (differences.length === 0 ? 0 : 1) };
    const written = await writeImagesLock(mergeLock(current, next, whole), file);
    const how = written ? 'written' : 'unchanged';
    const text = [`${file}: ${count(artifacts.length, 'artifact')}, ${how}`, ...differences].join('\n');
    return { text, data: { file, written, changes: differences } };
  },
});
