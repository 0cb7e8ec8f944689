import type { PlatformRelease } from '../../kube/release.ts';
import { dnsAddress } from './dns-address.ts';

const namespace = 'kube-system';

/** Names under which pods reach a service of the site: the same as nodes and people use, answered with the service's address. */
const aliases = {
  registry: 'registry.registry.svc.cluster.local',
  git: 'gitea.git.svc.cluster.local',
  secrets: 'vault.secrets.svc.cluster.local',
} as const;

const coreDns: PlatformRelease = {
  name: 'coredns',
  namespace,
  podSecurity: 'privileged',
  chart: 'chart-coredns',
  images: ['coredns'],
  values: ({ site }) => ({
    address: dnsAddress(site.network.serviceCidr),
    domain: site.domain,
    replicas: Math.min(2, site.nodes.length),
    aliases: {
      [site.endpoints.registry.host]: aliases.registry,
      [site.endpoints.git.host]: aliases.git,
      [site.endpoints.secrets.host]: aliases.secrets,
    },
  }),
};

const kubeProxy: PlatformRelease = {
  name: 'kube-proxy',
  namespace,
  podSecurity: 'privileged',
  chart: 'chart-kube-proxy',
  images: ['kube-proxy'],
  values: ({ site }) => ({
    apiServer: `https://${site.endpoints.api.host}:${site.endpoints.api.port}`,
    podCidr: site.network.podCidr,
  }),
};

const kubeRouter: PlatformRelease = {
  name: 'kube-router',
  namespace,
  podSecurity: 'privileged',
  chart: 'chart-kube-router',
  images: ['kube-router'],
  values: ({ site }) => ({ apiServer: { host: site.endpoints.api.host, port: site.endpoints.api.port } }),
};

/** Services' addresses, pods' routes, names: in the order in which each needs the one before. */
export const networkReleases: readonly PlatformRelease[] = [kubeProxy, kubeRouter, coreDns];
