import type { PlatformRelease } from '../../kube/release.ts';

/** Comes by Git only: nothing that the installer does needs it. */
export const externalSecretsRelease: PlatformRelease = {
  name: 'external-secrets',
  namespace: 'external-secrets',
  podSecurity: 'restricted',
  chart: 'chart-external-secrets',
  images: ['external-secrets'],
  values: () => ({}),
};
