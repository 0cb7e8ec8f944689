import { dump } from 'js-yaml';
import { type KnownKey, SigningKeys } from '../../bundle/signing-keys.ts';
import { builderKey, importerKey } from '../../bundle/trust.ts';
import { table } from '../table.ts';
import { defineVerb, type VerbContext, type VerbResult } from '../verb.ts';
import { passphraseOption, readPassphrase } from './passphrase.ts';

const options = {
  'passphrase-file': passphraseOption,
  'new-passphrase-file': { ...passphraseOption, summary: 'for rotate: the same for the new key' },
  yaml: { type: 'boolean', summary: 'for show: as the lines that go into site.yaml' },
  for: {
    type: 'string',
    value: 'PURPOSE',
    choices: ['builder', 'importer'],
    summary:
      'with --yaml: what the site shall let the key sign; default: importer for importer, else builder',
  },
} as const;

type KeyContext = VerbContext<typeof options>;

export const keyVerb = defineVerb({
  name: 'bundle key',
  summary: 'make, show and replace the keys that bundles and receipts are signed with',
  description:
    'Keys lie in the configuration folder of the person, the private half readable by its owner only. builder signs bundles and is made\n' +
    'by the first build; importer signs import receipts and downgrades on the closed side. rotate puts a new key in the place of an old\n' +
    'one; the old one says by its signature that the new one takes over, and sites that trust the old one take both.',
  args: [
    { name: 'ACTION', summary: 'what to do', choices: ['make', 'show', 'ls', 'rotate'] },
    { name: 'NAME', summary: `name of the key; default: ${builderKey}`, optional: true },
  ],
  options,
  examples: [
    { command: 'perimeter bundle key show', does: 'prints the public key of the builder' },
    { command: 'perimeter bundle key show --yaml', does: 'prints it as site.yaml wants it' },
    {
      command: 'perimeter bundle key show importer --yaml',
      does: 'the key that signs receipts, which may not sign bundles',
    },
    {
      command: 'perimeter bundle key make importer --passphrase-file secret.txt',
      does: 'a key that is locked',
    },
    { command: 'perimeter bundle key rotate builder', does: 'a new key that the old one vouches for' },
  ],
  run(context) {
    return actions[context.args[0] as keyof typeof actions](context, context.args[1] ?? builderKey);
  },
});

const actions = { make, show, ls, rotate };

async function make({ options: given }: KeyContext, name: string): Promise<VerbResult> {
  const keys = new SigningKeys();
  const key = await keys.make(name, await readPassphrase(given['passphrase-file']));
  const lines = [
    `Key "${name}" lies in ${keys.directory}: ${name}.key (private, keep a copy in a safe place) and ${name}.pub`,
    `fingerprint ${key.fingerprint}`,
  ];
  return { text: lines.join('\n'), data: { key: { ...key }, directory: keys.directory } };
}

async function show({ options: given }: KeyContext, name: string): Promise<VerbResult> {
  const key = await new SigningKeys().show(name);
  const purpose = given.for ?? purposeOf(name);
  return { text: given.yaml ? yamlOf(key, purpose) : key.publicKey, data: { key: { ...key }, purpose } };
}

/** A key that was rotated away keeps its name and what it was for. */
function purposeOf(name: string): string {
  return name === importerKey || name.startsWith(`${importerKey}-`) ? 'importer' : 'builder';
}

/** As it is put into site.yaml: under the list for its purpose, for whoever stands in the other one may do more than was meant. */
function yamlOf({ name, publicKey }: KnownKey, purpose: string): string {
  const list = purpose === 'importer' ? 'importerKeys' : 'bundleKeys';
  return dump({ trust: { [list]: [{ name, publicKey }] } }, { lineWidth: -1 });
}

async function ls(): Promise<VerbResult> {
  const keys = await new SigningKeys().list();
  const rows = keys.map(({ name, fingerprint, canSign }) => [name, canSign ? 'yes' : 'no', fingerprint]);
  return {
    text: table([['NAME', 'CAN SIGN', 'FINGERPRINT'], ...rows]),
    data: { keys: keys.map((key) => ({ ...key })) },
  };
}

async function rotate({ options: given }: KeyContext, name: string): Promise<VerbResult> {
  const passphrase = await readPassphrase(given['passphrase-file']);
  const next = await readPassphrase(given['new-passphrase-file']);
  const { key, kept } = await new SigningKeys().rotate(name, passphrase, next);
  const lines = [
    `Key "${name}" is new; the one before is kept as "${kept}" and vouches for it.`,
    `fingerprint ${key.fingerprint}`,
    `Put the new key into every site.yaml beside the old one, and then take the old one out: perimeter bundle key show ${name} --yaml`,
  ];
  return { text: lines.join('\n'), data: { key: { ...key }, kept } };
}
