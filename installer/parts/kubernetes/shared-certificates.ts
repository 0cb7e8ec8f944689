import { randomBytes } from 'node:crypto';
import { dump } from 'js-yaml';
import { registerSecret } from '../../base/redact.ts';
import type { HostHands } from '../../hosts/host.ts';
import type { KubeHands } from '../../kube/kube.ts';
import { uploadConfiguration } from './node-configuration.ts';

const path = '/run/perimeter/upload-certificates.yaml';

/**
 * Puts the control plane's certificates into the cluster, encrypted by a fresh key, for the next control plane to fetch.
 * Returns the key; it exists in this process and in one root-only file in memory for a moment.
 */
export async function shareCertificates(controlPlane: HostHands): Promise<string> {
  const key = randomBytes(32).toString('hex');
  registerSecret(key);
  await controlPlane.writeFile(path, dump(uploadConfiguration(key)), { mode: 0o600 });
  try {
    await controlPlane.run([
      '/usr/local/bin/kubeadm',
      'init',
      'phase',
      'upload-certs',
      '--upload-certs',
      '--skip-certificate-key-print',
      `--config=${path}`,
    ]);
  } finally {
    await controlPlane.remove(path);
  }
  return key;
}

/** kubeadm would leave them for two hours. */
export async function withdrawCertificates(kube: KubeHands): Promise<void> {
  await kube.delete({ apiVersion: 'v1', kind: 'Secret', name: 'kubeadm-certs', namespace: 'kube-system' });
}
