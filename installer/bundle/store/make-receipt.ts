import { hostname, userInfo } from 'node:os';
import type { ScannedLayout } from '../verify/scan-layout.ts';
import { blobsOf } from './blobs-of.ts';
import { type ImportReceipt, receiptKind, rootOf } from './receipt.ts';

type Told = Omit<ImportReceipt, 'kind' | 'root' | 'blobs' | 'sizeBytes' | 'checks' | 'by' | 'at'>;

/** What the importer signs for, of a bundle that was just read from end to end. `age` says what was found about it. */
export function makeReceipt(told: Told, layout: ScannedLayout, age: string): ImportReceipt {
  const contents = blobsOf(layout);
  return {
    kind: receiptKind,
    ...told,
    root: rootOf(contents),
    blobs: contents.length,
    sizeBytes: contents.reduce((sum, blob) => sum + blob.sizeBytes, 0),
    checks: [
      `signature of the index by the key "${told.trustedAs}"`,
      age,
      'size and SHA-256 of every blob',
      'structure of the image layout',
      ...(told.scanner === null ? [] : ['scanner']),
    ],
    by: `${userInfo().username}@${hostname()}`,
    at: new Date().toISOString(),
  };
}
