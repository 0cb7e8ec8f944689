import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import { randomPassword } from '../../site/passwords.ts';

/** Key with which the Git server signs what it tells CI. */
export const webHookKey = 'ci.web-hook-key';

export const listenerUrl = 'http://el-pull-requests.ci.svc.cluster.local:8080';

export async function prepareCi(credentials: CredentialStore): Promise<void> {
  await credentials.ensure(webHookKey, randomPassword);
}

/** What External Secrets delivers into the namespace of CI; the tokens are those of the Git bots. */
export function ciSecrets(tokens: { readonly clone: string; readonly status: string }) {
  return (credentials: CredentialView): Readonly<Record<string, string>> => ({
    cloneToken: credentials.get(tokens.clone) ?? '',
    statusToken: credentials.get(tokens.status) ?? '',
    webhookKey: credentials.get(webHookKey) ?? '',
  });
}
