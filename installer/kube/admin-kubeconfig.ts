import { X509Certificate } from 'node:crypto';
import { dump, load } from 'js-yaml';
import { z } from 'zod';
import { digestOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { registerSecret } from '../base/redact.ts';
import type { CredentialView } from '../site/credentials.ts';

/** Where the CredentialStore keeps the administrator's kubeconfig, as text that kubectl understands too. */
export const adminKubeconfigName = 'kubernetes.admin-kubeconfig';

/** The administrator's key, certificate, and the cluster's certificate authority, each as PEM text. */
export interface AdminIdentity {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

const kubeconfigShape = z.object({
  clusters: z.array(z.object({ cluster: z.object({ 'certificate-authority-data': z.base64() }) })).min(1),
  users: z
    .array(
      z.object({
        user: z.object({ 'client-certificate-data': z.base64(), 'client-key-data': z.base64() }),
      }),
    )
    .min(1),
});

/** Reads a kubeconfig as kubeadm writes it. The key is registered for redaction. Raises E_KUBE_API when it is none. */
export function parseAdminKubeconfig(text: string): AdminIdentity {
  const parsed = kubeconfigShape.safeParse(load(text));
  const cluster = parsed.data?.clusters[0]?.cluster;
  const user = parsed.data?.users[0]?.user;
  if (cluster === undefined || user === undefined) {
    throw new PerimeterError('E_KUBE_API', {
      message: `The administrator's kubeconfig (credential ${adminKubeconfigName}) has no embedded certificates.`,
      hint: 'Remove that entry from credentials.json in the site folder and run install again: it is then fetched anew.',
    });
  }
  registerSecret(user['client-key-data']);
  const pem = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
  return {
    certificateAuthority: pem(cluster['certificate-authority-data']),
    certificate: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  };
}

/** The same kubeconfig, pointed at a server that people outside the cluster can reach. */
export function kubeconfigFor(server: string, name: string, identity: AdminIdentity): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server, 'certificate-authority-data': base64(identity.certificateAuthority) },
      },
    ],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate-data': base64(identity.certificate),
          'client-key-data': base64(identity.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: 'admin' } }],
    'current-context': name,
  });
}

export function readAdminIdentity(credentials: CredentialView): AdminIdentity | undefined {
  const text = credentials.get(adminKubeconfigName);
  return text === undefined ? undefined : parseAdminKubeconfig(text);
}

/** `sha256:<hex>` of a certificate's public key, as `caCertHashes` of a JoinConfiguration wants it. */
export function publicKeyHash(certificatePem: string): string {
  const { publicKey } = new X509Certificate(certificatePem);
  return digestOf(publicKey.export({ type: 'spki', format: 'der' }));
}
