import { join } from 'node:path';
import { type Digest, hexOf } from '../../base/digest.ts';

/**
 * A site's store of what was carried in:
 *   blobs/sha256/<hex>        every blob once, verified before it got its name
 *   bundles/<hex>/            one per bundle: its index and signature (an OCI image layout with ../../blobs), its receipt; of one that
 *                             is no longer kept, the receipt and what the scanner said
 *   bundles/<hex>/carried/    the bundle's own files instead, where they lie on the same file system (hard links, no copy)
 *   current                   which of them was accepted last
 *   accepted.json             which were, one after the other, and by which downgrade
 *   journal.ndjson            what was read and found good, when, and its inode then
 */
export const storePaths = {
  blob: (store: string, digest: Digest): string => join(store, 'blobs', 'sha256', hexOf(digest)),
  blobs: (store: string): string => join(store, 'blobs', 'sha256'),
  bundles: (store: string): string => join(store, 'bundles'),
  bundle: (store: string, digest: Digest): string => join(store, 'bundles', hexOf(digest)),
  carried: (store: string, digest: Digest): string => join(store, 'bundles', hexOf(digest), 'carried'),
  receipt: (store: string, digest: Digest): string => join(store, 'bundles', hexOf(digest), 'receipt.json'),
  current: (store: string): string => join(store, 'current'),
  acceptances: (store: string): string => join(store, 'accepted.json'),
  journal: (store: string): string => join(store, 'journal.ndjson'),
} as const;
