import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBundle } from '../../../installer/bundle/build-bundle.ts';
import { type BundleTrust, trustOfKeys } from '../../../installer/bundle/trust.ts';
import { noise } from '../../fixtures/made-bundle.ts';

const sizes = [1_000_000, 5_000_000, 20_000_000, 40_000_000, 40_000_000, 60_000_000, 90_000_000, 120_000_000];

export interface CarriedBundle {
  readonly file: string;
  readonly sizeBytes: number;
  readonly trust: BundleTrust;
}

/** A signed bundle of blobs as large as real ones. */
export async function carriedBundle(folder: string): Promise<CarriedBundle> {
  const recipes = join(folder, 'images');
  for (const [index, bytes] of sizes.entries()) {
    const recipe = join(recipes, `part-${index}`);
    await mkdir(recipe, { recursive: true });
    const lines = [
      'kind: files',
      'sets: [core]',
      'licence: Apache-2.0',
      'version: v1',
      'files: [{from: content, path: /content, mode: "0644"}]',
      '',
    ];
    await writeFile(join(recipe, 'source.yaml'), lines.join('\n'));
    await writeFile(join(recipe, 'content'), noise(bytes, `part ${index}`));
  }
  const { file, sizeBytes, publicKey } = await buildBundle({
    recipesDirectory: recipes,
    lockFile: join(folder, 'images.lock'),
    keysDirectory: join(folder, 'keys'),
    cacheRoot: join(folder, 'artifacts'),
    out: join(folder, 'carried.tar'),
  });
  return { file, sizeBytes, trust: trustOfKeys([{ name: 'builder', publicKey }], 'this benchmark') };
}
