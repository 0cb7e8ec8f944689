/** Where the work of kubeadm on a node leaves its traces. */
export const kubeadmPaths = {
  /** Ours, on disk: what was begun and what was finished. */
  directory: '/var/lib/perimeter/kubernetes',
  begun: '/var/lib/perimeter/kubernetes/begun.json',
  done: '/var/lib/perimeter/kubernetes/done.json',
  patches: '/var/lib/perimeter/kubernetes/patches',
  /** Holds a token while kubeadm runs: in memory, root only, removed afterwards. */
  configuration: '/run/perimeter/kubeadm.yaml',
  log: '/var/log/perimeter/kubeadm.log',
  auditPolicy: '/etc/kubernetes/audit/policy.yaml',
  auditLogDirectory: '/var/log/kubernetes',
  /** kubeadm's own. */
  adminKubeconfig: '/etc/kubernetes/admin.conf',
  superAdminKubeconfig: '/etc/kubernetes/super-admin.conf',
  kubeletKubeconfig: '/etc/kubernetes/kubelet.conf',
  certificateAuthority: '/etc/kubernetes/pki/ca.crt',
  manifests: '/etc/kubernetes/manifests',
  etcdData: '/var/lib/etcd',
} as const;

export const containerdSocket = 'unix:///run/containerd/containerd.sock';
