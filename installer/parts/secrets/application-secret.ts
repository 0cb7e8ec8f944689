import { setupApi } from './settings-step.ts';
import { environmentMount } from './vault-names.ts';
import type { VaultSight } from './vault-server.ts';

/** Name of the sample application's secret in the store of each environment. */
export const sampleSecret = 'sample-app';

/** Writes a new value of one key of the sample application's secret; other keys stay. */
export async function writeApplicationSecret(
  sight: VaultSight,
  environment: string,
  key: string,
  value: string,
): Promise<void> {
  const api = await setupApi(sight);
  const path = `${environmentMount(environment)}/data/${sampleSecret}`;
  const body = { data: { [key]: value } };
  const patched = await api.request('PATCH', path, body);
  // A secret that is not there yet cannot be patched.
  if (patched.status === 404) await api.send('POST', path, body, `keep a secret of ${environment}`);
  else if (patched.status >= 300) await api.send('PATCH', path, body, `change a secret of ${environment}`);
}
