import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatImagesLock } from '../../../../installer/bundle/images-lock.ts';
import { rebuildArtifacts } from '../../../../installer/bundle/rebuild-artifacts.ts';
import { noise } from '../../../fixtures/made-bundle.ts';
import { smallWorkshop } from '../../../fixtures/small-bundle.ts';

const chosen = { names: [], count: 3, seed: 'a', budgetMs: 60_000 };

describe('making again', () => {
  it('gives the same bytes for small artifacts, and leaves no folder behind', async () => {
    await using workshop = await smallWorkshop();
    const { artifacts } = await workshop.build();
    const results = await rebuildArtifacts({ ...chosen, ...workshop.options });
    expect(results.map(({ name, result }) => [name, result])).toEqual([
      ['data', 'same'],
      ['tool', 'same'],
      ['web', 'same'],
    ]);
    expect(results.map((one) => (one.result === 'same' ? one.digest : ''))).toEqual(
      artifacts.map((one) => one.digest),
    );
    expect(await readdir(join(workshop.options.cacheRoot, 'work'))).toEqual([]);
  });

  it('is held against images.lock, not only against what this machine made before', async () => {
    await using workshop = await smallWorkshop();
    const { lock } = await workshop.build();
    await writeFile(workshop.options.lockFile, formatImagesLock(lock));
    const rebuild = async () => await rebuildArtifacts({ ...chosen, ...workshop.options, names: ['tool'] });
    expect(await rebuild()).toMatchObject([{ result: 'same', against: 'images.lock' }]);
    await workshop.write('tool/content', 'something else');
    const [differs] = await rebuild();
    expect(differs).toMatchObject({
      result: 'differs',
      against: 'images.lock',
      digest: lock.artifacts.find(({ name }) => name === 'tool')?.digest,
      difference: expect.stringContaining('/usr/local/bin/tool'),
    });
    // On another machine only the digest is known.
    const elsewhere = { ...workshop.options, cacheRoot: join(workshop.folder, 'elsewhere') };
    expect(await rebuildArtifacts({ ...chosen, ...elsewhere, names: ['tool'] })).toMatchObject([
      { result: 'differs', difference: expect.stringContaining('--against BUNDLE') },
    ]);
  });

  it('is held against a bundle that somebody else built, down to the first byte', async () => {
    await using workshop = await smallWorkshop();
    const { file } = await workshop.build();
    const bundle = await workshop.open(file);
    const elsewhere = { ...workshop.options, cacheRoot: join(workshop.folder, 'elsewhere') };
    const rebuild = async (name: string) =>
      await rebuildArtifacts({ ...chosen, ...elsewhere, names: [name], against: bundle });
    expect(await rebuild('tool')).toMatchObject([{ result: 'same', against: file }]);
    await workshop.write('tool/content', noise(200_000, 'tool').fill(0, 7, 8));
    expect(await rebuild('tool')).toMatchObject([
      {
        result: 'differs',
        against: file,
        difference: expect.stringMatching(/\/usr\/local\/bin\/tool is different from byte 7 on/),
      },
    ]);
    await workshop.write(
      'more/source.yaml',
      'kind: files\nsets: [core]\nlicence: MIT\nversion: v1\nfiles: [{from: x, path: /x}]\n',
    );
    await workshop.write('more/x', 'x');
    await expect(rebuild('more')).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('does not hold more'),
    });
    await bundle.close();
  });

  it('stops when there is nothing to compare with, because it cannot be made at all', async () => {
    await using workshop = await smallWorkshop();
    await workshop.write(
      'tool/source.yaml',
      'kind: files\nsets: [core]\nlicence: MIT\nversion: v1\nfiles: [{from: none, path: /x}]\n',
    );
    await expect(rebuildArtifacts({ ...chosen, ...workshop.options, names: ['tool'] })).rejects.toMatchObject(
      {
        code: 'E_BUILD_FAILED',
      },
    );
  });

  it('knows no artifact that there is no recipe for', async () => {
    await using workshop = await smallWorkshop();
    await expect(rebuildArtifacts({ ...chosen, ...workshop.options, names: ['tol'] })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('did you mean "tool"?'),
    });
  });
});
