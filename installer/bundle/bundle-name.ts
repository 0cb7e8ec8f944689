import type { Digest } from '../base/digest.ts';

/** By which a bundle's files are known when nobody chose a name: tells the content. */
export function bundleBaseName(digest: Digest): string {
  return `perimeter-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}
