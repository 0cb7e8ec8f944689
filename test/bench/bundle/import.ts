import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import { importBundle } from '../../../installer/bundle/import-bundle.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { rate, ratio, type Section, timed, timeProgram } from './section.ts';

/** Bringing a bundle in against copying the file: off memory, as a very fast medium, onto the disk. */
export const importSection: Section = {
  name: 'import',
  title: 'Import (verify, copy, sync, receipt), against cp and cp with sync',
  async run({ file, sizeBytes, trust, rounds, signal }) {
    const medium = await mkdtemp('/dev/shm/bench-bundle-');
    const disk = await mkdtemp(join(tmpdir(), 'bench-bundle-'));
    const importer = signerOf(makePrivateKey(undefined), undefined);
    const site = { ...sampleSite(join(disk, 'site')), trust: { bundleKeys: trust.keys, importerKeys: [] } };
    const carried = join(medium, 'bundle.tar');
    const ours: number[] = [];
    const again: number[] = [];
    const copies: number[] = [];
    const synced: number[] = [];
    try {
      await copyFile(file, carried);
      for (let round = 0; round < rounds; round += 1) {
        signal.throwIfAborted();
        const store = join(disk, 'store');
        const bring = async (): Promise<void> =>
          void (await importBundle(carried, { store, site, signer: importer, signal }));
        ours.push(await timed(bring));
        again.push(await timed(bring));
        await rm(store, { recursive: true });
        const copy = join(disk, 'copy.tar');
        const cp = await timeProgram('cp', carried, copy);
        copies.push(cp);
        synced.push(cp + (await timeProgram('sync', copy)));
        await rm(copy);
      }
    } finally {
      await rm(medium, { recursive: true });
      await rm(disk, { recursive: true });
    }
    return [
      `ours ${rate(sizeBytes, ours)}, cp ${rate(sizeBytes, copies)}, cp and sync ${rate(sizeBytes, synced)}; again ${Math.min(...again).toFixed(0)} ms`,
      `as fast as cp: ${ratio(ours, copies)}; as cp and sync: ${ratio(ours, synced)}`,
    ];
  },
};
