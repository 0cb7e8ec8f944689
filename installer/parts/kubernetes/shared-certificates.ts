import { randomBytes } from 'node:crypto';
import { dump } from 'js-yaml';
import { registerSecret } from '../../base/redact.ts';
import type { Hands } from '../../engine/phase.ts';
import type { KubeHands } from '../../kube/kube.ts';
import type { SiteNode } from '../../site/site.ts';
import { clusterConfiguration } from './cluster-configuration.ts';
import { uploadConfiguration } from './node-configuration.ts';

const path = '/run/perimeter/upload-certificates.yaml';

/**
 * Puts the control plane's certificates into the cluster, encrypted by a fresh key, for the next control plane to fetch.
 * Returns the key; it exists in this process and in one root-only file in memory for a moment.
 */
export async function shareCertificates(member: SiteNode, hands: Hands): Promise<string> {
  const controlPlane = hands.host(member.name);
  const key = randomBytes(32).toString('hex');
  registerSecret(key);
  // Without the cluster's configuration kubeadm would look for the newest version outside.
  const documents = [uploadConfiguration(member, key), clusterConfiguration(hands.site, hands.bundle)];
  const text = documents.map((document) => dump(document)).join('---\n');
  await controlPlane.writeFile(path, text, { mode: 0o600 });
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

/** kubeadm would leave them for two hours, and with them a token whose end is to take them away. */
export async function withdrawCertificates(kube: KubeHands): Promise<void> {
  const shared = { apiVersion: 'v1', kind: 'Secret', name: 'kubeadm-certs', namespace: 'kube-system' };
  const owners = (await kube.get(shared))?.metadata['ownerReferences'] as
    | readonly { name: string }[]
    | undefined;
  for (const { name } of owners ?? []) await kube.delete({ ...shared, name });
  await kube.delete(shared);
}
