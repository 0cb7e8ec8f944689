import type { KubeObject } from '../../kube/kube.ts';
import type { PlatformRelease } from '../../kube/release.ts';
import { secretObject } from '../../kube/secret-object.ts';
import type { CredentialView } from '../../site/credentials.ts';

export const fluxNamespace = 'flux-system';
/** Account as which everything in the platform repository is applied. */
export const platformReconciler = 'platform-reconciler';
/** Secret with which the controller fetches from Git. */
export const gitSecret = 'git-read';

export const fluxRelease: PlatformRelease = {
  name: 'flux',
  namespace: fluxNamespace,
  podSecurity: 'restricted',
  chart: 'chart-flux',
  images: ['flux-source-controller', 'flux-kustomize-controller', 'flux-helm-controller'],
  values: () => ({}),
};

/** What the controller needs to fetch from Git: a bot that may only read, and the site's authority. */
export function fluxSecrets(
  credentials: CredentialView,
  bot: { readonly login: string; readonly tokenCredential: string },
): readonly KubeObject[] {
  return [
    secretObject({
      namespace: fluxNamespace,
      name: gitSecret,
      values: {
        username: bot.login,
        password: credentials.get(bot.tokenCredential),
        'ca.crt': credentials.get('ca.certificate'),
      },
    }),
  ];
}
