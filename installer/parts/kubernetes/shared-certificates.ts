import { randomBytes } from 'node:crypto';
import { dump } from 'js-yaml';
import { registerSecret } from '../../base/redact.ts';
import type { Hands } from '../../engine/phase.ts';
import type { SiteNode } from '../../site/site.ts';
import { clusterConfiguration } from './cluster-configuration.ts';
import { joinLabels, secretNamed } from './join-secrets.ts';
import { uploadConfiguration } from './node-configuration.ts';

const path = '/run/perimeter/upload-certificates.yaml';

/**
 * Puts the control plane's certificates into the cluster, encrypted by a fresh key, for the next control plane to fetch.
 * Returns the key; it exists in this process and in one root-only file in memory for a moment.
 */
export async function shareCertificates(member: SiteNode, joining: SiteNode, hands: Hands): Promise<string> {
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
  // kubeadm would leave them there for two hours.
  await hands.kube.patch(secretNamed('kubeadm-certs'), { metadata: { labels: joinLabels(joining.name) } });
  return key;
}
