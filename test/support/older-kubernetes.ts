import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { productDirectory } from '../../installer/base/files.ts';

/** The version before the product's own, with its modules' sums in test/fixtures/older-kubernetes. */
export const olderKubernetes = 'v1.36.1';
const modulesFolder = 'node-kubernetes';

/** Writes the product's recipes to `folder`, with the programs of Kubernetes in the older version, and tells the product's version. */
export async function writeOlderRecipes(folder: string): Promise<string> {
  await cp(productDirectory('images'), folder, { recursive: true });
  const goMod = await readFile(join(folder, modulesFolder, 'go.mod'), 'utf8');
  const current = /k8s\.io\/kubernetes (v1\.\d+\.\d+)/.exec(goMod)?.[1];
  if (current === undefined || current === olderKubernetes)
    throw new Error(`the recipes hold ${current}: choose another olderKubernetes and its sums`);
  const module = (version: string): string => version.replace(/^v1/, 'v0');
  const lower = (text: string): string =>
    text.replaceAll(current, olderKubernetes).replaceAll(module(current), module(olderKubernetes));
  const names = await readdir(folder, { withFileTypes: true });
  for (const entry of names.filter((one) => one.isDirectory())) {
    const file = join(folder, entry.name, 'source.yaml');
    const text = await readFile(file, 'utf8');
    if (text.includes('module: k8s.io/kubernetes')) await writeFile(file, lower(text));
  }
  await writeFile(join(folder, modulesFolder, 'go.mod'), lower(goMod));
  const sums = await readFile(productDirectory('test', 'fixtures', 'older-kubernetes', 'go.sum'), 'utf8');
  await appendFile(join(folder, modulesFolder, 'go.sum'), sums);
  return current;
}
