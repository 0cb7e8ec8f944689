import { randomBytes, webcrypto } from 'node:crypto';
import type { CredentialStore } from './credentials.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3600 * 1000;
const authorityDays = 10 * 365;
/** A leaf is valid from an hour ago, so that a clock that lags a little does not refuse it. */
const backdatedMs = 3600 * 1000;

const certificateName = 'ca.certificate';
const keyName = 'ca.key';

export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Default 365. */
  readonly days?: number;
}

export interface IssuedCertificate {
  /** PEM, the leaf only. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** The site's own certificate authority: made once, kept in the credential store. Returns its certificate as PEM. */
export async function ensureSiteAuthority(credentials: CredentialStore, siteName: string): Promise<string> {
  return credentials.inTurn(() => makeAuthority(credentials, siteName));
}

async function makeAuthority(credentials: CredentialStore, siteName: string): Promise<string> {
  const known = credentials.get(certificateName);
  if (known !== undefined) return known;
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=${siteName} site authority,O=perimeter`,
    notBefore: new Date(Date.now() - backdatedMs),
    notAfter: new Date(Date.now() + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  // The key first: a certificate without its key could never be used, a key without certificate is simply replaced.
  await credentials.set(keyName, await exportKey(keys.privateKey));
  await credentials.set(certificateName, certificate.toString('pem'));
  return certificate.toString('pem');
}

/** A server certificate signed by the site's authority, which must exist. */
export async function issueCertificate(
  credentials: CredentialStore,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const x509 = await loadX509();
  const authority = new x509.X509Certificate(credentials.get(certificateName) ?? '');
  const signingKey = await importKey(credentials.get(keyName) ?? '');
  const keys = await generateKeys();
  const names = [
    ...request.dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip', value }) as const),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: `CN=${request.commonName}`,
    issuer: authority.subject,
    notBefore: new Date(Date.now() - backdatedMs),
    notAfter: new Date(Date.now() + (request.days ?? 365) * dayMs),
    signingAlgorithm: algorithm,
    signingKey: signingKey,
    publicKey: keys.publicKey as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A certificate and its key in the credential store under `<name>.certificate` and `<name>.key`; issued on the first call. */
export async function ensureCertificate(
  credentials: CredentialStore,
  name: string,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  return credentials.inTurn(async () => {
    const key = credentials.get(`${name}.key`);
    const certificate = credentials.get(`${name}.certificate`);
    if (key !== undefined && certificate !== undefined) return { key, certificate };
    const issued = await issueCertificate(credentials, request);
    await credentials.set(`${name}.key`, issued.key);
    await credentials.set(`${name}.certificate`, issued.certificate);
    return issued;
  });
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Most runs find everything made: the two hundred files of the library are read by those alone that make something. */
async function loadX509(): Promise<typeof import('../base/x509.ts').x509> {
  return (await import('../base/x509.ts')).x509;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const x509 = await loadX509();
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const x509 = await loadX509();
  const [der] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', der ?? new ArrayBuffer(0), algorithm, false, ['sign']);
}

/** 127 random bits: positive, never zero, never guessed. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}
