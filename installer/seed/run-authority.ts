import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { PeerIdentity } from '../agent/blob-server.ts';
import { registerSecret } from '../base/redact.ts';
import { x509 } from '../base/x509.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hourMs = 3600 * 1000;
const backdatedMs = hourMs;
const validMs = 24 * hourMs;

/** The certificate authority of one seeding: made for it, kept in memory only, worthless a day later. */
export class RunAuthority {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  #serial = 1;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.notBefore = certificate.notBefore;
    this.notAfter = certificate.notAfter;
  }

  static async create(): Promise<RunAuthority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=perimeter seeding',
      notBefore: new Date(Date.now() - backdatedMs),
      notAfter: new Date(Date.now() + validMs),
      signingAlgorithm: algorithm,
      keys: keys as never,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    });
    return new RunAuthority(keys, certificate);
  }

  /** Certificate and key of one peer, good for being called at these addresses and for calling others. */
  async issue(name: string, addresses: readonly string[]): Promise<PeerIdentity> {
    const keys = await generateKeys();
    const names = addresses.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
    this.#serial += 1;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: this.#serial.toString(16).padStart(4, '0'),
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      notBefore: this.notBefore,
      notAfter: this.notAfter,
      signingAlgorithm: algorithm,
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey as never,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
        new x509.SubjectAlternativeNameExtension([...names]),
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
    registerSecret(key);
    return { certificate: certificate.toString('pem'), key, authority: this.#certificate.toString('pem') };
  }
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
