import { kubeadmPaths } from './kubeadm-paths.ts';

/** What kubeadm made on a node and nothing but kubeadm may change, and the units that must go on running. */
export const keptThings = [
  { kind: 'tree', name: kubeadmPaths.manifests },
  { kind: 'file', name: kubeadmPaths.auditPolicy },
  { kind: 'file', name: kubeadmPaths.certificateAuthority },
  { kind: 'file', name: '/var/lib/kubelet/config.yaml' },
  { kind: 'file', name: '/var/lib/kubelet/kubeadm-flags.env' },
  { kind: 'unit', name: 'kubelet.service' },
  { kind: 'unit', name: 'containerd.service' },
] as const;
