import { join, resolve } from 'node:path';
import { rememberedBundle } from '../../actions/remembered-bundle.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { count } from '../../base/units.ts';
import { formatHave } from '../../bundle/have.ts';
import { isStore } from '../../bundle/import-bundle.ts';
import { openVerified } from '../../bundle/open-bundle.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { importerKey, trustOfSite } from '../../bundle/trust.ts';
import { loadSite } from '../../site/load-site.ts';
import { passphraseOption, readPassphrase } from '../bundle/passphrase.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';

export const haveVerb = defineVerb({
  name: 'site have',
  summary: 'write the signed receipt of what a site holds, to be carried out for a delta',
  args: [siteArgument],
  options: {
    bundle: {
      type: 'string',
      value: 'STORE',
      summary: 'store or bundle; default: SITE/bundles, or what the site was last installed from',
    },
    out: { type: 'string', value: 'FILE', default: 'have.json', summary: 'where the receipt goes' },
    'signing-key': { type: 'string', value: 'NAME', default: importerKey, summary: 'the key that signs' },
    'passphrase-file': passphraseOption,
  },
  examples: [
    {
      command: 'perimeter site have site/plant --out /media/stick/have.json',
      does: 'then, outside: perimeter bundle delta --against have.json',
    },
  ],
  async run({ args: [directory = ''], options, events, signal }) {
    const site = await loadSite(directory);
    const store = join(site.directory, 'bundles');
    const path = options.bundle ?? ((await isStore(store)) ? store : await rememberedBundle(site.directory));
    const passphrase = await readPassphrase(options['passphrase-file']);
    const signer = await new SigningKeys().open(options['signing-key'], passphrase);
    const bundle = await openVerified(path, { trust: trustOfSite(site), events, signal });
    try {
      const text = formatHave(site.name, bundle, signer);
      await writeFileAtomic(options.out, text);
      const blobs = [...bundle.layout.files.keys()].filter((name) => name.startsWith('blobs/')).length;
      const file = resolve(options.out);
      const { digest, version, sequence } = bundle;
      return {
        text: `${file}: site ${site.name} holds ${version} (sequence ${sequence}), ${count(blobs, 'blob')}`,
        data: {
          file,
          site: site.name,
          bundle: digest,
          version,
          sequence,
          blobs,
          signedBy: signer.fingerprint,
        },
      };
    } finally {
      await bundle.close();
    }
  },
});
