import { registerSecret } from '../../base/redact.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';

/**
 * What the secret manager answered when it was initialised, kept in the 0600 credentials file until every share lies at its place and
 * has proved to open it. Only in that short time are all shares in one file.
 */
export interface PendingKeys {
  /** Base64, in the order of the control-plane nodes; the last one is for people. */
  readonly shares: readonly string[];
  readonly rootToken: string;
}

const pendingName = 'secrets.pending-keys';
const intentName = 'secrets.initialising';

export function readPendingKeys(credentials: CredentialView): PendingKeys | undefined {
  const text = credentials.get(pendingName);
  if (text === undefined) return undefined;
  const pending = JSON.parse(text) as PendingKeys;
  for (const secret of [...pending.shares, pending.rootToken]) registerSecret(secret);
  return pending;
}

/**
 * Said before the request that makes the keys. Found later without keys it means: the request went out, its answer never arrived, so
 * nobody has ever had a key and nothing can lie in the secret manager.
 */
export async function announceInitialising(credentials: CredentialStore): Promise<void> {
  await credentials.set(intentName, 'the keys were asked for and have not arrived yet');
}

export function isInitialising(credentials: CredentialView): boolean {
  return credentials.get(intentName) !== undefined && credentials.get(pendingName) === undefined;
}

export async function keepPendingKeys(credentials: CredentialStore, pending: PendingKeys): Promise<void> {
  await credentials.set(pendingName, JSON.stringify(pending));
  await credentials.delete(intentName);
}

/** The intent first: left behind alone, it would say that the keys were never received, and the secret manager would be emptied. */
export async function forgetPendingKeys(credentials: CredentialStore): Promise<void> {
  await credentials.delete(intentName);
  await credentials.delete(pendingName);
}
