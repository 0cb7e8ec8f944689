import { join } from 'node:path';
import { digestOf, hexOf } from '../../base/digest.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { fingerprintOf, isSignedBy, normalPublicKey, type Signer } from '../../base/signature.ts';
import { indexFile } from '../../oci/layout-tar.ts';
import { layoutIndex } from '../verify/layout-index.ts';
import { readLayoutFile, type ScannedLayout } from '../verify/scan-layout.ts';
import { formatRotations, readRotations, vouchersOf } from './rotation.ts';

/** Beside index.json in the layout: base64 of the signature over its bytes, the key, and how that key took over from others. */
const names = {
  signature: `${indexFile}.sig`,
  publicKey: `${indexFile}.pub`,
  rotations: `${indexFile}.rotations`,
} as const;

export const signatureFileNames: readonly string[] = Object.values(names);

/** Texts by name, in the order of the file. */
export type SignatureFiles = Readonly<Record<string, string>>;

/**
 * Signs a bundle's index. ECDSA gives another signature each time; the one made first for an index is kept in `cache`, so that
 * the same content stays the same file.
 */
export async function signIndex(
  index: string,
  signer: Signer,
  rotations: readonly string[],
  cache: string,
): Promise<SignatureFiles> {
  const kept = join(cache, `${hexOf(digestOf(index))}-${signer.fingerprint.slice('sha256:'.length)}.sig`);
  const known = (await readFileIfThere(kept))?.trim();
  const isGood = known !== undefined && isSignedBy(signer.publicKey, index, known);
  const signature = isGood ? known : signer.sign(index);
  if (!isGood) await writeFileAtomic(kept, `${signature}\n`);
  return {
    [names.signature]: `${signature}\n`,
    [names.publicKey]: signer.publicKey,
    ...(rotations.length === 0 ? {} : { [names.rotations]: formatRotations(rotations) }),
  };
}

export type BundleSignature =
  /** The index itself is damaged: there is nothing that a signature could be held against. */
  | { readonly state: 'unclear' }
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly problem: string }
  /** Fits; by whom, and by which keys that handed over to it. */
  | { readonly state: 'signed'; readonly vouchers: readonly string[] };

/** Holds the signature of a bundle against its index. Reads these few files only. Whether the key is trusted is another question. */
export function readSignature(layout: ScannedLayout): BundleSignature {
  const text = (name: string): string | undefined => {
    const file = layout.files.get(name);
    return file === undefined ? undefined : String(readLayoutFile(file));
  };
  const index = layoutIndex(layout);
  if (index?.isIntact !== true) return { state: 'unclear' };
  const [signature, publicKey, rotations] = Object.values(names).map(text);
  if (signature === undefined && publicKey === undefined)
    return layout.broken === undefined ? { state: 'absent' } : { state: 'unclear' };
  if (signature === undefined || publicKey === undefined)
    return {
      state: 'damaged',
      problem: 'index.json.sig and index.json.pub belong together, but one is missing',
    };
  const fingerprint = fingerprintOf(publicKey);
  const isWhole = signature.endsWith('\n') && normalPublicKey(publicKey) === publicKey;
  if (fingerprint === undefined || !isWhole || !isSignedBy(publicKey, index.text, signature.slice(0, -1)))
    return {
      state: 'damaged',
      problem: `index.json.sig does not fit index.json under the key index.json.pub: one of the three was changed after signing`,
    };
  const chain = rotations === undefined ? [] : readRotations(rotations);
  if (chain === undefined)
    return { state: 'damaged', problem: 'index.json.rotations was changed after it was signed' };
  return { state: 'signed', vouchers: vouchersOf(fingerprint, chain) };
}
