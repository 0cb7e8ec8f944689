import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRecipes, type Recipe } from '../../../installer/bundle/recipe/load-recipes.ts';
import type { GoModule } from '../../../installer/bundle/recipe/schema.ts';

interface PinnedModule {
  readonly recipe: string;
  readonly folder: string;
  readonly module: string;
  readonly version: string;
}

let recipes: readonly Recipe[];
let modules: readonly PinnedModule[];

beforeAll(async () => {
  recipes = await loadRecipes();
  modules = recipes.flatMap(({ name, directory, body }) =>
    body.kind === 'go' ? body.modules.flatMap((one) => pinned(name, directory, one)) : [],
  );
});

function pinned(recipe: string, directory: string, one: GoModule): PinnedModule[] {
  if (one.module === undefined || one.version === undefined) return [];
  return [
    { recipe, folder: join(directory, one.directory ?? '.'), module: one.module, version: one.version },
  ];
}

describe('recipes of compiled artifacts', () => {
  it('require each module at the very version that they name', async () => {
    for (const { recipe, folder, module, version } of modules) {
      const lines = (await readFile(join(folder, 'go.mod'), 'utf8')).split('\n').map((line) => line.trim());
      expect(lines, `images/${recipe}`).toContain(`${module} ${version}`);
    }
    expect(modules.length).toBeGreaterThan(30);
  });

  it('carry the sum that proves each module', async () => {
    for (const { recipe, folder, module, version } of modules) {
      const sums = await readFile(join(folder, 'go.sum'), 'utf8');
      expect(sums, `images/${recipe}`).toContain(`\n${module} ${version} h1:`);
    }
  });

  it('never replace a module by a folder, which would not be pinned', async () => {
    const folders = [...new Set(modules.map(({ folder }) => folder))];
    for (const folder of folders) {
      expect(await readFile(join(folder, 'go.mod'), 'utf8'), folder).not.toMatch(/=>\s*[./]/);
    }
    expect(folders.length).toBeGreaterThan(15);
  });

  it('start no service as root without saying why', () => {
    const root = recipes.filter(({ body }) => 'image' in body && /^0(:|$)/.test(body.image?.user ?? '0'));
    // The control plane and etcd get their users from kubeadm; the others write to the kernel or to folders of the node.
    expect(
      root.filter(({ body }) => 'image' in body && body.image !== undefined).map(({ name }) => name),
    ).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-router',
      'kube-scheduler',
      'local-path-provisioner',
    ]);
  });
});
