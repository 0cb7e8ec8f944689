import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, PerimeterError } from '../base/errors.ts';
import type { Signer } from '../base/signature.ts';
import type { Site } from '../site/site.ts';
import type { OpenBundle } from './bundle.ts';
import { formatStatement, readStatement, type SignedStatement } from './trust/signed-statement.ts';
import { downgradersOf, requireTrusted } from './trust.ts';

const kind = 'perimeter.downgrade/1';
const downgradeSchema = z.strictObject({
  kind: z.literal(kind),
  site: z.string(),
  /** Digest of the older bundle that is let through, and of the newer one that it replaces. */
  bundle: z.string(),
  replaces: z.string(),
  reason: z.string(),
  at: z.string(),
});
export type Downgrade = z.infer<typeof downgradeSchema>;

/** The text of a statement that lets one older bundle through, at one site, instead of one newer one. */
export function formatDowngrade(about: Omit<Downgrade, 'kind' | 'at'>, signer: Signer): string {
  return formatStatement({ kind, ...about, at: new Date().toISOString() }, signer);
}

/** Raises E_STATEMENT_INVALID when it is about something else, E_KEY_UNKNOWN or E_KEY_EXPIRED by its signer. */
export async function readDowngrade(
  file: string,
  site: Site,
  bundle: Pick<OpenBundle, 'digest'>,
  current: { readonly digest: string },
): Promise<SignedStatement<Downgrade>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid(`The downgrade ${file} cannot be read: ${messageOf(cause)}`);
  });
  const statement = readStatement(text, downgradeSchema, `The downgrade ${file}`);
  requireTrusted(`The downgrade ${file}`, [statement.fingerprint], downgradersOf(site));
  const { payload } = statement;
  const wrong = [
    ...(payload.site === site.name ? [] : [`it is for the site "${payload.site}", not "${site.name}"`]),
    ...(payload.bundle === bundle.digest ? [] : [`it lets ${payload.bundle} through, not ${bundle.digest}`]),
    ...(payload.replaces === current.digest
      ? []
      : [`it replaces ${payload.replaces}, but the site has ${current.digest}`]),
  ];
  if (wrong.length > 0) throw invalid(`The downgrade ${file} does not fit: ${wrong.join('; ')}`);
  return statement;
}

function invalid(message: string): PerimeterError {
  return new PerimeterError('E_STATEMENT_INVALID', {
    message,
    hint: 'Have one signed for this site and this bundle: perimeter bundle downgrade --help',
  });
}
