import type { OpenBundle } from '../../bundle/bundle.ts';
import { repositoryOf } from '../../bundle/bundle.ts';
import { controlPlaneNodes, type Site } from '../../site/site.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';

const kubeadmApi = 'kubeadm.k8s.io/v1beta4';

/** The cluster as kubeadm is to make it: the same for every node, kept by kubeadm in the cluster itself. */
export function clusterConfiguration(site: Site, bundle: OpenBundle): object {
  const { api, registry } = site.endpoints;
  const argument = (name: string, value: string): object => ({ name, value });
  return {
    apiVersion: kubeadmApi,
    kind: 'ClusterConfiguration',
    clusterName: site.name,
    kubernetesVersion: bundle.artifact('kube-apiserver').version,
    // The images themselves are named by digest in patches of the static pods; kubeadm only wants to know a place.
    imageRepository: `${registry.host}:${registry.port}/${repositoryOf('')}`.replace(/\/$/, ''),
    controlPlaneEndpoint: `${api.host}:${api.port}`,
    encryptionAlgorithm: 'ECDSA-P256',
    networking: {
      serviceSubnet: site.network.serviceCidr,
      podSubnet: site.network.podCidr,
      dnsDomain: 'cluster.local',
    },
    apiServer: {
      certSANs: [
        api.host,
        'localhost',
        '127.0.0.1',
        ...controlPlaneNodes(site).flatMap((node) => [node.name, node.address]),
      ],
      extraArgs: [
        argument('audit-policy-file', kubeadmPaths.auditPolicy),
        argument('audit-log-path', `${kubeadmPaths.auditLogDirectory}/audit.log`),
        argument('audit-log-maxsize', '100'),
        argument('audit-log-maxbackup', '3'),
        argument('profiling', 'false'),
      ],
      extraVolumes: [
        {
          name: 'audit-policy',
          hostPath: kubeadmPaths.auditPolicy,
          mountPath: kubeadmPaths.auditPolicy,
          readOnly: true,
          pathType: 'File',
        },
        {
          name: 'audit-log',
          hostPath: kubeadmPaths.auditLogDirectory,
          mountPath: kubeadmPaths.auditLogDirectory,
          pathType: 'DirectoryOrCreate',
        },
      ],
    },
    controllerManager: { extraArgs: [argument('profiling', 'false')] },
    scheduler: { extraArgs: [argument('profiling', 'false')] },
    etcd: { local: { dataDir: kubeadmPaths.etcdData, imageTag: bundle.artifact('etcd').tag } },
    // Own charts take the place of these two: kubeadm refuses versions of CoreDNS that it does not know.
    dns: { disabled: true },
    proxy: { disabled: true },
  };
}

/** What every kubelet starts from; a node's own values come on top as a patch on that node. */
export function kubeletConfiguration(): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    clusterDomain: 'cluster.local',
    rotateCertificates: true,
  };
}
