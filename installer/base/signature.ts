import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** ECDSA over P-256 with SHA-256: what openssl and cosign verify with nothing but a public key at hand. */
const curve = 'prime256v1';

/** Signs; holds a private key and never shows it. */
export interface Signer {
  /** PEM (SPKI). */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Base64 of the DER signature over the bytes. Another one every time: ECDSA takes a random number. */
  sign(content: string | Uint8Array): string;
}

/** A new private key as PEM (PKCS #8), locked with the passphrase when one is given. */
export function makePrivateKey(passphrase: string | undefined): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const form = { type: 'pkcs8', format: 'pem' } as const;
  return privateKey.export(passphrase === undefined ? form : { ...form, cipher: 'aes-256-cbc', passphrase });
}

/** Raises what node:crypto raises: for text that is no key, and for a missing or wrong passphrase. */
export function signerOf(privateKeyPem: string, passphrase: string | undefined): Signer {
  const key = createPrivateKey(passphrase === undefined ? privateKeyPem : { key: privateKeyPem, passphrase });
  if (!isOurs(key)) throw new TypeError('it is no ECDSA key over P-256');
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey) ?? '',
    sign: (content) => sign('sha256', Buffer.from(content), key).toString('base64'),
  };
}

/** True when the signature was made over these bytes by the private half of the key. Never raises. */
export function isSignedBy(
  publicKeyPem: string,
  content: string | Uint8Array,
  signatureBase64: string,
): boolean {
  const signature = Buffer.from(signatureBase64, 'base64');
  const key = publicKeyOf(publicKeyPem);
  // Only one way of writing a signature counts: bits that base64 ignores must not be free to change.
  if (key === undefined || signature.toString('base64') !== signatureBase64) return false;
  return verify('sha256', Buffer.from(content), key, signature);
}

/** `sha256:` and the hash of the key itself (SPKI, DER), however the PEM is wrapped; undefined when it is no such key. */
export function fingerprintOf(publicKeyPem: string): string | undefined {
  const der = publicKeyOf(publicKeyPem)?.export({ type: 'spki', format: 'der' });
  return der === undefined ? undefined : `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** The key in the one form in which it is written; undefined when it is none. */
export function normalPublicKey(publicKeyPem: string): string | undefined {
  return publicKeyOf(publicKeyPem)?.export({ type: 'spki', format: 'pem' });
}

function publicKeyOf(pem: string): KeyObject | undefined {
  // Node would also take a private key here, and make the public one of it.
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    return isOurs(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function isOurs(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve;
}
