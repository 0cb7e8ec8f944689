import type { PlatformRelease } from '../../kube/release.ts';

export const ciNamespace = 'ci';

export const tektonPipelines: PlatformRelease = {
  name: 'tekton-pipelines',
  namespace: 'tekton-pipelines',
  podSecurity: 'restricted',
  chart: 'chart-tekton-pipelines',
  images: [
    'tekton-controller',
    'tekton-webhook',
    'tekton-entrypoint',
    'tekton-nop',
    'tekton-sidecarlogresults',
    'tekton-workingdirinit',
    'toolbox',
  ],
  values: () => ({}),
};

export const tektonTriggers: PlatformRelease = {
  name: 'tekton-triggers',
  namespace: 'tekton-pipelines',
  podSecurity: 'restricted',
  chart: 'chart-tekton-triggers',
  images: [
    'tekton-triggers-controller',
    'tekton-triggers-webhook',
    'tekton-triggers-interceptors',
    'tekton-triggers-eventlistenersink',
  ],
  values: () => ({}),
};

export const ciRelease: PlatformRelease = {
  name: 'ci',
  namespace: ciNamespace,
  podSecurity: 'restricted',
  chart: 'chart-ci',
  images: ['ci-tools'],
  values: ({ site, credentials }) => ({
    site: {
      registry: `${site.endpoints.registry.host}:${site.endpoints.registry.port}`,
      nodeCidr: site.network.nodeCidr,
      endpoints: { git: { ...site.endpoints.git }, secrets: { ...site.endpoints.secrets } },
      authority: credentials.get('ca.certificate') ?? '',
    },
  }),
};
