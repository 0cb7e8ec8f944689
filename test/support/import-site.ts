import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makePrivateKey, type Signer, signerOf } from '../../installer/base/signature.ts';
import {
  type ImportedBundle,
  type ImportOptions,
  importBundle,
} from '../../installer/bundle/import-bundle.ts';
import { SigningKeys } from '../../installer/bundle/signing-keys.ts';
import type { Site } from '../../installer/site/site.ts';
import { sampleSite } from './sample-site.ts';

/** Whoever builds the bundles that the site takes; known by the folder of keys. */
export interface Builder {
  readonly options: { readonly keysDirectory: string };
}

/** A closed site that takes a builder's bundles, on a file system of its own: what it keeps, it has copied. */
export interface ImportSite {
  readonly site: Site;
  readonly store: string;
  readonly importer: Signer;
  bring(path: string, more?: Partial<ImportOptions>): Promise<ImportedBundle>;
}

export async function importSite(builtBy: Builder, more: Partial<Site> = {}): Promise<ImportSite> {
  // Memory is another file system than the one for temporary files.
  const folder = await mkdtemp('/dev/shm/perimeter-test-');
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const importer = signerOf(makePrivateKey(undefined), undefined);
  const [builder] = await new SigningKeys(builtBy.options.keysDirectory).list();
  const site: Site = {
    ...sampleSite(join(folder, 'site')),
    trust: {
      bundleKeys: [{ name: 'builder', publicKey: builder?.publicKey ?? '' }],
      importerKeys: [{ name: 'importer', publicKey: importer.publicKey }],
    },
    ...more,
  };
  const store = join(folder, 'store');
  const bring: ImportSite['bring'] = async (path, given) =>
    await importBundle(path, { store, site, signer: importer, ...given });
  return { site, store, importer, bring };
}
