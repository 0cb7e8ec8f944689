import { PerimeterError } from '../../base/errors.ts';
import type { Hands } from '../../engine/phase.ts';
import { submitNodeShares, waitUntilOpen } from './opening-step.ts';
import { forgetPendingKeys, readPendingKeys } from './pending-keys.ts';
import { vaultForSetup, vaultServer } from './vault-server.ts';

/**
 * The end of the first set-up. Before the installer lets go of the shares, the secret manager is sealed and the nodes have to open it
 * with theirs; before it lets go of the root token, its own account has to get in. Only then is either forgotten.
 */
export async function retireRoot(hands: Hands): Promise<void> {
  const pending = readPendingKeys(hands.credentials);
  if (pending === undefined) return;
  const root = vaultServer(hands).as(pending.rootToken);
  const known = (await root.request('GET', 'auth/token/lookup-self')).status === 200;
  if (known) {
    await root.send('PUT', 'sys/seal', undefined, 'seal itself');
    await submitNodeShares(hands);
    await waitUntilOpen(hands);
    const withoutRoot = { ...hands, credentials: withoutPending(hands) };
    if ((await vaultForSetup(withoutRoot)) === undefined) throw accountRefused();
    await root.send('POST', 'auth/token/revoke-self', undefined, 'revoke the root token');
  }
  await forgetPendingKeys(hands.credentials);
}

/** The credentials as they will be afterwards. */
function withoutPending(hands: Hands): Pick<Hands['credentials'], 'get' | 'names'> {
  return {
    get: (name) => (name === 'secrets.pending-keys' ? undefined : hands.credentials.get(name)),
    names: () => hands.credentials.names(),
  };
}

function accountRefused(): PerimeterError {
  return new PerimeterError('E_SECRETS', {
    message:
      'The secret manager does not let the installer in as secrets/perimeter-installer, so the root token is kept for now.',
    hint: 'Look at the pod vault-0 (kubectl -n secrets logs vault-0) for the refused login, then run the same command again.',
    retryable: true,
  });
}
