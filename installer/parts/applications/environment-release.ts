import type { PlatformRelease } from '../../kube/release.ts';

/** One environment of the applications: its namespace with rules, reconciler and door to the secret manager. */
export function environmentRelease(environment: string): PlatformRelease {
  const namespace = `app-${environment}`;
  return {
    name: `environment-${environment}`,
    namespace,
    podSecurity: 'restricted',
    chart: 'chart-environment',
    images: [],
    values: ({ site, credentials }) => ({
      environment,
      intervalSeconds: site.gitops.intervalSeconds,
      site: {
        endpoints: { secrets: { ...site.endpoints.secrets } },
        authority: credentials.get('ca.certificate') ?? '',
      },
    }),
  };
}
