import { join, resolve } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { acceptedBundle } from '../../bundle/accepted-bundles.ts';
import { formatDowngrade } from '../../bundle/downgrade.ts';
import { currentOf } from '../../bundle/import-bundle.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { downgradersOf, importerKey, requireMaySign, trustOfSite } from '../../bundle/trust.ts';
import { loadSite } from '../../site/load-site.ts';
import type { Site } from '../../site/site.ts';
import { defineVerb } from '../verb.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';

export const downgradeVerb = defineVerb({
  name: 'bundle downgrade',
  summary: 'sign that a site may take one older bundle, once',
  description:
    'A site refuses a bundle that is older than the one it has. This writes a signed statement that lets exactly this bundle through;\n' +
    'the key must stand in the site.yaml (trust.bundleKeys or trust.importerKeys). The site keeps what was let through, and why.',
  args: [{ name: 'FILE', summary: 'the older bundle' }],
  options: {
    site: { type: 'string', value: 'SITE', summary: 'the site folder' },
    store: {
      type: 'string',
      value: 'STORE',
      summary: 'the store that it shall go into; default: SITE/bundles',
    },
    reason: { type: 'string', value: 'TEXT', summary: 'why; it is kept with the site' },
    'signing-key': { type: 'string', value: 'NAME', default: importerKey, summary: 'the key that signs' },
    'passphrase-file': passphraseOption,
    out: { type: 'string', value: 'FILE', default: 'downgrade.json', summary: 'where the statement goes' },
  },
  examples: [
    {
      command: 'perimeter bundle downgrade old.tar --site site/plant --reason INC-4711',
      does: 'writes downgrade.json; then: perimeter install site/plant --bundle old.tar --downgrade downgrade.json',
    },
  ],
  async run({ args: [file = ''], options, events, signal }) {
    const { site: directory, reason, out } = options;
    if (directory === undefined || reason === undefined || reason.trim() === '')
      throw usage('--site and --reason are both needed', 'perimeter bundle downgrade --help');
    const site = await loadSite(directory);
    const current = await newestOf(site, options.store ?? join(site.directory, 'bundles'));
    if (current === undefined)
      throw usage(`site ${site.name} took no bundle yet: it takes any`, 'perimeter plan --help');
    const bundle = await openBundle(file, { trust: trustOfSite(site), events, signal });
    await bundle.close();
    if (bundle.sequence >= current.sequence)
      throw usage(
        `${file} is not older than what site ${site.name} has: no downgrade is needed`,
        'perimeter plan --help',
      );
    const passphrase = await readPassphrase(options['passphrase-file']);
    const signer = await new SigningKeys().open(options['signing-key'], passphrase);
    requireMaySign('The downgrade', signer.fingerprint, downgradersOf(site));
    const about = { site: site.name, bundle: bundle.digest, replaces: current.digest, reason };
    await writeFileAtomic(out, formatDowngrade(about, signer));
    const path = resolve(out);
    return {
      text: `${path}: site ${site.name} may take ${file} (sequence ${bundle.sequence}) instead of sequence ${current.sequence}, once.`,
      data: { file: path, ...about, signedBy: signer.fingerprint },
    };
  },
});

/** What the bundle would replace: what the site took last, or what came in since. */
async function newestOf(
  site: Site,
  store: string,
): Promise<{ readonly sequence: number; readonly digest: string } | undefined> {
  const accepted = await acceptedBundle(site.directory);
  const stored = await currentOf(store);
  if (stored === undefined || (accepted !== undefined && accepted.sequence > stored.sequence))
    return accepted;
  return { sequence: stored.sequence, digest: stored.bundle };
}

function usage(message: string, hint: string): PerimeterError {
  return new PerimeterError('E_USAGE', { message: `perimeter bundle downgrade: ${message}.`, hint });
}
