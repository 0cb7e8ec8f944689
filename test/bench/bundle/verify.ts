import { openBundle } from '../../../installer/bundle/open-bundle.ts';
import { rate, ratio, type Section, timed, timeProgram } from './section.ts';

/** Verifying a bundle against hashing the same file with the programs that a machine has. */
export const verifySection: Section = {
  name: 'verify',
  title: 'Verify, every byte once, against sha256sum and openssl',
  async run({ file, sizeBytes, trust, rounds, signal }) {
    const ours: number[] = [];
    const sums: number[] = [];
    const openssl: number[] = [];
    // The first reading fills the page cache for all of them.
    await timeProgram('cat', file);
    for (let round = 0; round < rounds; round += 1) {
      signal.throwIfAborted();
      ours.push(await timed(async () => await (await openBundle(file, { trust, signal })).close()));
      sums.push(await timeProgram('sha256sum', file));
      openssl.push(await timeProgram('openssl', 'dgst', '-sha256', file));
    }
    return [
      `ours ${rate(sizeBytes, ours)}, sha256sum ${rate(sizeBytes, sums)}, openssl ${rate(sizeBytes, openssl)}`,
      `as fast as sha256sum: ${ratio(ours, sums)}; as openssl: ${ratio(ours, openssl)} (wanted: 0.9x at least)`,
    ];
  },
};
