import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import { importBundle } from '../../../installer/bundle/import-bundle.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { carriedBundle } from './carried-bundle.ts';
import { comparison, paired, type Section } from './section.ts';

const run = promisify(execFile);

/** Copying alone verifies nothing: against it there is no bar. */
const bars = { 'cp, sync, sha256sum': 1 };

/** Bringing a bundle in (verify, copy, sync, receipt) against copying the file: off memory, as a very fast medium, onto the disk. */
export const importing: Section = async (options) => {
  const { folder } = options;
  const { file, sizeBytes, trust } = await carriedBundle(folder);
  const medium = await mkdtemp('/dev/shm/bench-bundle-');
  try {
    const carried = join(medium, 'carried.tar');
    await copyFile(file, carried);
    const importer = signerOf(makePrivateKey(undefined), undefined);
    const site = { ...sampleSite(join(folder, 'site')), trust: { bundleKeys: trust.keys, importerKeys: [] } };
    const bring = async (number: number): Promise<void> =>
      void (await importBundle(carried, { store: join(folder, `store-${number}`), site, signer: importer }));
    const copy = (number: number): string => join(folder, `copy-${number}.tar`);
    const times = await paired(options, 'import', {
      ours: bring,
      cp: async (number) => void (await run('cp', [carried, copy(number)])),
      'cp, sync': async (number) => {
        await run('cp', [carried, `${copy(number)}.synced`]);
        await run('sync', [`${copy(number)}.synced`]);
      },
      // What a person does who wants the same: a copy that is on the disk, and the certainty that it is what it should be.
      'cp, sync, sha256sum': async (number) => {
        await run('cp', [carried, `${copy(number)}.summed`]);
        await run('sync', [`${copy(number)}.summed`]);
        await run('sha256sum', [`${copy(number)}.summed`]);
      },
    });
    const startedAt = performance.now();
    await bring(0);
    options.say(`  import again ${(performance.now() - startedAt).toFixed(0)} ms`);
    for (let number = 0; number < options.repeat; number += 1) await rm(copy(number), { force: true });
    return [comparison('import', `${(sizeBytes / 1e6).toFixed(0)} MB from memory to disk`, times, bars)];
  } finally {
    await rm(medium, { recursive: true, force: true });
  }
};
