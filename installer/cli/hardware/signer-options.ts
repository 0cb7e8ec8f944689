import { importerKey } from '../../bundle/trust.ts';
import { passphraseOption } from '../bundle/passphrase.ts';
import type { VerbOption } from '../verb.ts';

/** Of verbs that sign what is said of a site's machines. */
export const signerOptions = {
  'signing-key': {
    type: 'string',
    value: 'NAME',
    default: importerKey,
    summary: 'the key that signs; the site must trust it',
  },
  'passphrase-file': passphraseOption,
} as const satisfies Readonly<Record<string, VerbOption>>;
