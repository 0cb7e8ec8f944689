import { execFile } from 'node:child_process';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { type LayerEntry, layerTar } from '../../../installer/oci/layer.ts';
import { writeZstdLayer } from '../../../installer/oci/write-layer.ts';
import { comparison, paired, type Section } from './section.ts';

const run = promisify(execFile);

/** Packing programs into a layer, with both its digests, against tar piped into zstd at the same level on one thread. */
export const assemble: Section = async (options) => {
  const { folder } = options;
  // Real programs, on every machine that can build: those of the compiler itself.
  const { stdout } = await run('go', ['env', 'GOTOOLDIR']);
  const programs = stdout.trim();
  const names = (await readdir(programs)).toSorted();
  const entries = await Promise.all(
    names.map(async (name): Promise<LayerEntry> => {
      const file = join(programs, name);
      const { size } = await stat(file);
      return { type: 'file', path: `/tools/${name}`, mode: 0o755, content: { file, sizeBytes: size } };
    }),
  );
  const bytes = entries.reduce(
    (sum, entry) => sum + ('content' in entry && 'sizeBytes' in entry.content ? entry.content.sizeBytes : 0),
    0,
  );
  await mkdir(join(folder, 'plain'));
  const times = await paired(options, 'assemble', {
    ours: async (number) => {
      await writeZstdLayer(new BlobStore(join(folder, `store-${number}`)), layerTar(entries));
    },
    'tar | zstd': async (number) => {
      const tar =
        'tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -cf - . | zstd -q -9 -T1 -o "$2"';
      await run('sh', ['-c', tar, 'sh', programs, join(folder, 'plain', `${number}.tar.zst`)]);
    },
  });
  return [
    comparison('assemble and compress', `${(bytes / 1e6).toFixed(0)} MB of programs, zstd level 9`, times, {
      'tar | zstd': 1.1,
    }),
  ];
};
