import { waitFor } from '../../base/condition.ts';
import { DefectError } from '../../base/errors.ts';
import type { Hands } from '../../engine/phase.ts';
import { announceInitialising, keepPendingKeys, readPendingKeys } from './pending-keys.ts';
import { keySharing, vaultNamespace, vaultPod } from './vault-names.ts';
import { vaultServer } from './vault-server.ts';
import { vaultState } from './vault-state.ts';

/** Asks for the keys and writes them down before anything else happens. */
export async function initialiseVault(hands: Hands): Promise<void> {
  await waitForState(hands, ['new'], 'the secret manager answers and has no keys yet');
  const { shares, threshold } = keySharing(hands.site);
  await announceInitialising(hands.credentials);
  const made = await vaultServer(hands).send<{ keys_base64: readonly string[]; root_token: string }>(
    'PUT',
    'sys/init',
    { secret_shares: shares, secret_threshold: threshold },
    'make its keys',
  );
  await keepPendingKeys(hands.credentials, { shares: made.keys_base64, rootToken: made.root_token });
}

/**
 * Empties a secret manager whose keys never arrived. Its volume is made anew; only called when nobody can ever have opened it.
 */
export async function resetVault(hands: Hands): Promise<void> {
  if (readPendingKeys(hands.credentials) !== undefined)
    throw new DefectError('a secret manager whose keys are known is not to be emptied');
  const claim = `data-${vaultPod}`;
  await hands.kube.delete({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: vaultNamespace,
    name: claim,
  });
  await hands.kube.delete({ apiVersion: 'v1', kind: 'Pod', namespace: vaultNamespace, name: vaultPod });
}

/** Submits shares that have not left the installer yet, until it is open; does nothing when there are none. */
export async function openWithPendingKeys(hands: Hands): Promise<void> {
  const pending = readPendingKeys(hands.credentials);
  if (pending === undefined) return;
  await waitForState(hands, ['sealed', 'open'], 'the secret manager has its keys');
  for (const key of pending.shares.slice(0, keySharing(hands.site).threshold)) {
    if ((await vaultState(hands)) === 'open') return;
    await vaultServer(hands).send('PUT', 'sys/unseal', { key }, 'take a share of its key');
  }
}

async function waitForState(
  hands: Hands,
  states: readonly ('new' | 'sealed' | 'open')[],
  description: string,
): Promise<void> {
  await waitFor({
    description,
    timeoutMs: 180_000,
    signal: hands.signal,
    hint: 'Look at the pod vault-0: kubectl -n secrets describe pod vault-0',
    probe: async (report) => {
      const state = await vaultState(hands);
      report(state === 'absent' ? 'no answer' : `it is ${state}`);
      return (states as readonly string[]).includes(state) ? true : undefined;
    },
  });
}
