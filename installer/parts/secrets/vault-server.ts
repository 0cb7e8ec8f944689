import { registerSecret } from '../../base/redact.ts';
import type { KubeView } from '../../kube/kube.ts';
import type { CredentialView } from '../../site/credentials.ts';
import type { Site } from '../../site/site.ts';
import { siteRequest } from '../../site/site-https.ts';
import { readPendingKeys } from './pending-keys.ts';
import { VaultApi } from './vault-api.ts';
import { installerAccount, vaultNamespace } from './vault-names.ts';

/** What is needed to reach the secret manager; inspecting and applying both have it. */
export interface VaultSight {
  readonly site: Site;
  readonly credentials: CredentialView;
  readonly kube: KubeView;
  readonly signal: AbortSignal;
}

/** The URL of the site's secret manager, the same on nodes, in pods and for the installer. */
export function vaultUrl(site: Site): string {
  const { host, port } = site.endpoints.secrets;
  return `https://${host}:${port}`;
}

/** The secret manager as nobody in particular: enough to see whether it is sealed, and to open it. */
export function vaultServer({ site, credentials, signal }: Omit<VaultSight, 'kube'>): VaultApi {
  return new VaultApi({
    send: ({ path, ...request }) =>
      siteRequest(site, credentials, 'E_SECRETS', { ...request, url: `${vaultUrl(site)}${path}`, signal }),
  });
}

/**
 * The secret manager with the rights to set it up: by the root token while the very first set-up runs, after that as the installer's
 * service account, whose token lives for minutes. Undefined when neither opens it yet.
 */
export async function vaultForSetup(sight: VaultSight): Promise<VaultApi | undefined> {
  const server = vaultServer(sight);
  const root = readPendingKeys(sight.credentials)?.rootToken;
  if (root !== undefined) {
    const api = server.as(root);
    if ((await api.request('GET', 'auth/token/lookup-self')).status === 200) return api;
  }
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    namespace: vaultNamespace,
    name: installerAccount,
  };
  if ((await sight.kube.get(account)) === undefined) return undefined;
  const jwt = await sight.kube.serviceAccountToken(vaultNamespace, installerAccount, {
    audiences: ['vault'],
    ttlSeconds: 600,
  });
  const answer = await server.request('PUT', 'auth/kubernetes/login', { role: 'installer', jwt });
  if (answer.status !== 200) return undefined;
  const token = (answer.body as { auth: { client_token: string } }).auth.client_token;
  registerSecret(token);
  return server.as(token);
}
