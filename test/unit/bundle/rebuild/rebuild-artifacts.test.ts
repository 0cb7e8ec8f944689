import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rebuildArtifacts } from '../../../../installer/bundle/rebuild-artifacts.ts';
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
