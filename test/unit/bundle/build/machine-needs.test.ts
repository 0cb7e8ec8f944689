import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentEvents } from '../../../../installer/base/events.ts';
import { prepareBuildMachine } from '../../../../installer/bundle/build/machine-needs.ts';
import type { Recipe } from '../../../../installer/bundle/recipe/load-recipes.ts';

const toolchain = { go: undefined, gcc: undefined, zstd: '1.5.7' };
const recipe = (body: object): Recipe => ({ name: 'x', directory: '/x', body }) as unknown as Recipe;

it('asks for Go only when something must be compiled', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'needs-'));
  const files = recipe({ kind: 'files', files: [] });
  expect(await prepareBuildMachine([files], toolchain, join(folder.path, 'new'), silentEvents)).toBe(false);
  const go = recipe({ kind: 'go', modules: [{ local: '.' }] });
  await expect(prepareBuildMachine([files, go], toolchain, folder.path, silentEvents)).rejects.toMatchObject({
    code: 'E_MACHINE_UNFIT',
    hint: 'Install Go 1.26 and put it into PATH.',
    findings: ['There is no Go compiler (the command go).'],
  });
});
