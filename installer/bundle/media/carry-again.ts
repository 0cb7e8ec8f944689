import { basename, resolve } from 'node:path';
import { cacheDirectory } from '../../base/files.ts';

/**
 * How to get a damaged file anew. Only what the builder keeps in the cache can be built again by the same person; everything else
 * came from somewhere, and on the closed side nothing can be built at all.
 */
export function carryAgain(path: string): string {
  return resolve(path).startsWith(`${cacheDirectory('bundles')}/`)
    ? 'Write it anew: npm run perimeter -- bundle build'
    : `Carry ${basename(path)} in again, and compare it with the original on both sides: sha256sum ${path}`;
}
