import { webcrypto } from 'node:crypto';
import { x509 } from '../../../installer/base/x509.ts';
import type { CredentialView } from '../../../installer/site/credentials.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A client certificate of the group system:masters, signed by the test's authority: what kubeadm makes for administrators. */
export async function adminIdentity(
  credentials: CredentialView,
): Promise<{ certificate: string; key: string }> {
  const authority = new x509.X509Certificate(credentials.get('ca.certificate') ?? '');
  const [der] = x509.PemConverter.decode(credentials.get('ca.key') ?? '');
  const { subtle } = webcrypto;
  const signingKey = await subtle.importKey('pkcs8', der ?? new ArrayBuffer(0), algorithm, false, ['sign']);
  const keys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '0a',
    subject: 'CN=admin,O=system:masters',
    issuer: authority.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    signingKey: signingKey,
    publicKey: keys.publicKey as never,
    extensions: [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])],
  });
  const key = x509.PemConverter.encode(await subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}
