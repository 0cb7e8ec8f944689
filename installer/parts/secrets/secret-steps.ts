import { canonicalJson } from '../../base/digest.ts';
import type { JsonObject } from '../../base/json.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import { randomPassword } from '../../site/passwords.ts';
import { sampleSecret, writeApplicationSecret } from './application-secret.ts';
import { setupApi } from './settings-step.ts';
import { environmentMount, platformMount } from './vault-names.ts';
import { vaultForSetup } from './vault-server.ts';
import { vaultState } from './vault-state.ts';

interface Kept {
  readonly data: { readonly data: Readonly<Record<string, string>> };
}

/** Keeps values of the installer's credentials in the platform's store, from where they are delivered into the cluster. */
export function platformSecretStep(
  name: string,
  values: (credentials: CredentialView) => Readonly<Record<string, string>>,
  prepare: (credentials: CredentialStore) => Promise<void>,
): PhaseStep {
  return defineStep<{ readonly same: boolean }, JsonObject>({
    name: `secret-${name}`,

    async inspect(_target, look) {
      const api = (await vaultState(look)) === 'open' ? await vaultForSetup(look) : undefined;
      const kept = await api?.find<Kept>(`${platformMount}/data/${name}`);
      return {
        same: kept !== undefined && canonicalJson(kept.data.data) === canonicalJson(values(look.credentials)),
      };
    },

    plan: ({ same }) =>
      same
        ? []
        : [
            {
              id: 'write',
              sentence: `keep the secret ${name} of the platform in the secret manager`,
              data: {},
            },
          ],

    async apply(_change, _target, hands) {
      await prepare(hands.credentials);
      const api = await setupApi(hands);
      const body = { data: values(hands.credentials) };
      await api.send('POST', `${platformMount}/data/${name}`, body, `keep the secret ${name}`);
    },
  });
}

/** The first value of the sample application's secret in every environment; once it is there it belongs to people. */
export function applicationSecretsStep(): PhaseStep {
  return defineStep<{ readonly missing: readonly string[] }, { readonly environment: string }>({
    name: 'secrets',

    async inspect(_target, look) {
      const api = (await vaultState(look)) === 'open' ? await vaultForSetup(look) : undefined;
      const missing: string[] = [];
      for (const environment of look.site.environments) {
        const path = `${environmentMount(environment)}/metadata/${sampleSecret}`;
        if (api === undefined || (await api.find(path)) === undefined) missing.push(environment);
      }
      return { missing };
    },

    plan: ({ missing }) =>
      missing.map((environment) => ({
        id: environment,
        sentence: `keep a first secret for the sample application in ${environment}`,
        data: { environment },
      })),

    async apply({ data }, _target, hands) {
      await writeApplicationSecret(hands, data.environment, 'password', randomPassword());
    },
  });
}
