import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import type { Signer } from '../../base/signature.ts';
import { count, formatBytes, formatDuration } from '../../base/units.ts';
import { importBundle } from '../../bundle/import-bundle.ts';
import { SigningKeys } from '../../bundle/signing-keys.ts';
import { importerKey } from '../../bundle/trust.ts';
import { loadSite } from '../../site/load-site.ts';
import { defineVerb, type VerbContext } from '../verb.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';

const options = {
  to: { type: 'string', value: 'STORE', summary: "folder of the site's store; default: SITE/bundles" },
  site: {
    type: 'string',
    value: 'SITE',
    summary: 'the site folder: whose bundles it takes, and its scanner',
  },
  'signing-key': {
    type: 'string',
    value: 'NAME',
    default: importerKey,
    summary: 'the key that signs the receipt; made the first time',
  },
  'passphrase-file': passphraseOption,
  again: {
    type: 'boolean',
    summary: 'read all that the store has of it, changed since it came in or not, and replace what rotted',
  },
  downgrade: {
    type: 'string',
    value: 'FILE',
    summary: 'a signed statement that lets this older bundle through',
  },
} as const;

export const importVerb = defineVerb({
  name: 'bundle import',
  summary: 'bring a bundle, its parts or a delta into the store of a site, with a signed receipt',
  description:
    'Verifies the signature before anything is read, then every blob while it is copied; where medium and store are one file system,\n' +
    'nothing is copied at all. Interrupted or unplugged, it goes on at the blob it was at. The scanner of site.yaml (import.scanner) has\n' +
    'the last word. What neither this bundle nor the one before it needs is thrown away. Then: perimeter plan SITE --bundle STORE',
  args: [{ name: 'FILE', summary: 'the bundle, one of its parts, the folder with its parts, or a delta' }],
  options,
  examples: [
    { command: 'perimeter bundle import /media/stick --site site/plant', does: 'into site/plant/bundles' },
    {
      command: 'perimeter bundle import delta.tar --site site/plant --to /srv/bundles',
      does: 'what is new since the last one',
    },
  ],
  async run(context) {
    const startedAt = performance.now();
    const { args, options: given, events, signal } = context;
    if (given.site === undefined)
      throw new PerimeterError('E_USAGE', {
        message: 'perimeter bundle import: --site is missing: the site folder says whose bundles are taken.',
        hint: 'perimeter bundle import --help',
      });
    const site = await loadSite(given.site);
    const store = given.to ?? join(site.directory, 'bundles');
    const signer = await signerOf(context);
    const imported = await importBundle(args[0] ?? '', {
      store,
      site,
      signer,
      again: given.again,
      downgradeFile: given.downgrade,
      events,
      signal,
    });
    const { receipt, receiptFile, copiedBytes, wasThere, freed } = imported;
    const lines = [
      wasThere
        ? `${store} has this bundle already, accepted by ${receipt.by} at ${receipt.at}.`
        : `${store} holds ${receipt.version} (sequence ${receipt.sequence}): ${count(receipt.blobs, 'blob')}, ${formatBytes(receipt.sizeBytes)}, ${receipt.keptAs === 'copy' ? `${formatBytes(copiedBytes)} copied` : 'served in place'} in ${formatDuration(performance.now() - startedAt)}`,
      `digest    ${receipt.bundle}`,
      `root      ${receipt.root}`,
      `checked   ${receipt.checks.join('; ')}`,
      `receipt   ${receiptFile}`,
      ...(freed.files === 0
        ? []
        : [
            `freed     ${formatBytes(freed.bytes)}: ${count(freed.files, 'file')} of bundles before the previous one`,
          ]),
      ...(site.trust.importerKeys.length > 0
        ? []
        : [
            `To have only what you signed for taken from a store, name the key in site.yaml (trust.importerKeys): perimeter bundle key show ${given['signing-key']} --yaml --for importer`,
          ]),
      `Next      perimeter plan ${given.site} --bundle ${store}`,
    ];
    return {
      text: lines.join('\n'),
      data: { store, receiptFile, copiedBytes, wasThere, freed: { ...freed }, receipt },
    };
  },
});

async function signerOf({ options: given, events }: VerbContext<typeof options>): Promise<Signer> {
  const keys = new SigningKeys();
  const name = given['signing-key'];
  const passphrase = await readPassphrase(given['passphrase-file']);
  if (name !== importerKey) return await keys.open(name, passphrase);
  const { signer, made } = await keys.ensure(name, passphrase);
  if (made)
    events.emit({
      kind: 'note',
      scope: ['bundle', 'import'],
      text: `made a key to sign receipts with: ${join(keys.directory, `${name}.key`)}; keep a copy of it in a safe place`,
    });
  return signer;
}
