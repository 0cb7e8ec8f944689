import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openBundle } from '../../../installer/bundle/open-bundle.ts';
import { carriedBundle } from './carried-bundle.ts';
import { comparison, paired, type Section } from './section.ts';

const run = promisify(execFile);

/** Verifying all of a bundle, each byte once, against hashing the same file with what a machine has. */
export const verify: Section = async (options) => {
  const { file, sizeBytes, trust } = await carriedBundle(options.folder);
  const times = await paired(options, 'verify', {
    ours: async () => await (await openBundle(file, { trust })).close(),
    sha256sum: async () => void (await run('sha256sum', [file])),
    openssl: async () => void (await run('openssl', ['dgst', '-sha256', file])),
  });
  return [
    comparison('verify', `${(sizeBytes / 1e6).toFixed(0)} MB, in the page cache`, times, {
      sha256sum: 1,
      openssl: 1,
    }),
  ];
};
