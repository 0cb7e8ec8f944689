import type { PlatformRelease } from '../../kube/release.ts';

export const registryRelease: PlatformRelease = {
  name: 'registry',
  namespace: 'registry',
  podSecurity: 'restricted',
  chart: 'chart-registry',
  images: ['registry', 'registry-gate'],
  values: ({ site }) => ({ port: site.endpoints.registry.port }),
};
