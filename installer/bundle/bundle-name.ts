import { type Digest, hexOf } from '../base/digest.ts';

/** By which a bundle's files are known when nobody chose a name: tells the content. */
export function bundleBaseName(digest: Digest): string {
  return `perimeter-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** The same for what is missing of a bundle where another one is: the files of both may lie in one folder. */
export function deltaBaseName(digest: Digest, against: Digest): string {
  return `${bundleBaseName(digest)}-from-${hexOf(against).slice(0, 12)}`;
}
