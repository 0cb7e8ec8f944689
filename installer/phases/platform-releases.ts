import { environmentRelease } from '../parts/applications/environment-release.ts';
import { ciRelease, tektonPipelines, tektonTriggers } from '../parts/ci/ci-releases.ts';
import type { DeclaredRelease } from '../parts/flux/declared-release.ts';
import { fluxRelease } from '../parts/flux/flux-release.ts';
import { giteaRelease } from '../parts/git/gitea-release.ts';
import { networkReleases } from '../parts/network/network-releases.ts';
import { registryRelease } from '../parts/registry/registry-release.ts';
import { externalSecretsRelease } from '../parts/secrets/external-secrets-release.ts';
import { vaultRelease } from '../parts/secrets/vault-release.ts';
import { storageRelease } from '../parts/storage/storage-release.ts';
import type { Site } from '../site/site.ts';

/** What the installer started with its own hands, and Git takes over. */
export const adoptedReleases: readonly DeclaredRelease[] = [
  ...networkReleases.map((release) => ({ release, vital: true })),
  { release: storageRelease, vital: true },
  { release: registryRelease, vital: true },
  { release: giteaRelease, vital: true },
  { release: vaultRelease, vital: true },
  { release: fluxRelease, vital: true },
];

/** Admission hooks are filled in by the servers behind them. */
const filledIn = [
  { kind: 'ValidatingWebhookConfiguration', paths: ['/webhooks'] },
  { kind: 'MutatingWebhookConfiguration', paths: ['/webhooks'] },
];

/** What comes by Git from the start. */
export const ciReleases: readonly DeclaredRelease[] = [
  { release: externalSecretsRelease },
  { release: tektonPipelines, leftAlone: filledIn },
  { release: tektonTriggers, after: ['tekton-pipelines'], leftAlone: filledIn },
  // Its tokens are delivered once the installer has put them into the secret manager.
  { release: ciRelease, after: ['external-secrets', 'tekton-triggers'], waits: false },
];

/** The environments wait for nothing: what runs in them comes from another repository. */
export function environmentReleases(site: Site): readonly DeclaredRelease[] {
  return site.environments.map((environment) => ({
    release: environmentRelease(environment),
    after: ['external-secrets'],
    waits: false,
  }));
}

export function declaredReleases(site: Site): readonly DeclaredRelease[] {
  return [...adoptedReleases, ...ciReleases, ...environmentReleases(site)];
}
