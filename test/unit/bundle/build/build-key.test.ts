import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../installer/base/digest.ts';
import { buildKey } from '../../../../installer/bundle/build/build-key.ts';
import { loadRecipes, type Recipe } from '../../../../installer/bundle/recipe/load-recipes.ts';

const toolchain = { go: 'go1.26.8', gcc: '12.2', zstd: '1.5.7' };
const recipeText = (more = ''): string => `kind: go
sets: [core]
licence: Apache-2.0
modules:
  - module: example.org/tool
    version: v1.0.0
${more}    binaries: [{package: example.org/tool, path: /tool}]
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  await mkdir(join(folder, 'tool'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function recipe(text: string, files: Readonly<Record<string, string>> = {}): Promise<Recipe> {
  await writeFile(join(folder, 'tool', 'source.yaml'), text);
  const all = { 'go.mod': 'module tool', 'go.sum': 'sums', ...files };
  for (const [name, content] of Object.entries(all)) await writeFile(join(folder, 'tool', name), content);
  const [one] = await loadRecipes(folder);
  if (one === undefined) throw new Error('no recipe');
  return one;
}

describe('the key of a build', () => {
  it('stays when nothing that matters changes: comments, the sets, files beside go.mod', async () => {
    const key = await buildKey(await recipe(recipeText()), toolchain, undefined);
    const words = `# another comment\n${recipeText().replace('[core]', '[core, extra]')}`;
    expect(await buildKey(await recipe(words, { 'README.md': 'x' }), toolchain, undefined)).toBe(key);
    expect(await buildKey(await recipe(recipeText()), { ...toolchain, gcc: 'other' }, undefined)).toBe(key);
  });

  it('changes with everything that goes into the artifact', async () => {
    const keys = [
      await buildKey(await recipe(recipeText()), toolchain, undefined),
      await buildKey(await recipe(recipeText().replace('v1.0.0', 'v1.0.1')), toolchain, undefined),
      await buildKey(await recipe(recipeText().replace('Apache-2.0', 'MIT')), toolchain, undefined),
      await buildKey(await recipe(recipeText('    tags: [x]\n')), toolchain, undefined),
      await buildKey(await recipe(recipeText(), { 'go.sum': 'other sums' }), toolchain, undefined),
      await buildKey(await recipe(recipeText(), { 'go.mod': 'other mod' }), toolchain, undefined),
      await buildKey(await recipe(recipeText()), { ...toolchain, go: 'go1.27.0' }, undefined),
      await buildKey(await recipe(recipeText()), { ...toolchain, zstd: '2' }, undefined),
      await buildKey(await recipe(recipeText()), toolchain, digestOf('base')),
      await buildKey(await recipe(recipeText('    cgo: true\n')), toolchain, undefined),
      await buildKey(await recipe(recipeText('    cgo: true\n')), { ...toolchain, gcc: '13' }, undefined),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('changes with every file of a program of our own', async () => {
    const local = recipeText()
      .replace('  - module: example.org/tool\n    version: v1.0.0\n', '  - local: .\n')
      .replace('kind: go\n', 'kind: go\nversion: v1.0.0\n')
      .replace('example.org/tool', '.');
    const keys = [
      await buildKey(await recipe(local, { 'main.go': 'one' }), toolchain, undefined),
      await buildKey(await recipe(local, { 'main.go': 'two' }), toolchain, undefined),
    ];
    expect(new Set(keys).size).toBe(2);
  });
});
