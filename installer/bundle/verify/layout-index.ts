import { isPerimeterError } from '../../base/errors.ts';
import { indexFile } from '../../oci/layout-tar.ts';
import { type OciIndex, parseIndex } from '../../oci/manifest.ts';
import { isIntactIndex } from '../bundle-index.ts';
import { type LayoutFile, readLayoutFile, type ScannedLayout } from './scan-layout.ts';

/** index.json of a layout. */
export interface LayoutIndex {
  readonly text: string;
  /** Undefined when the text is no index. */
  readonly value: OciIndex | undefined;
  /** The text is, byte for byte, what was once written. */
  readonly isIntact: boolean;
}

const known = new WeakMap<LayoutFile, LayoutIndex>();

/** Read once: what is used is, to the byte, what the signature was held against, whatever becomes of the file meanwhile. */
export function layoutIndex(layout: Pick<ScannedLayout, 'files'>): LayoutIndex | undefined {
  const file = layout.files.get(indexFile);
  if (file === undefined) return undefined;
  const index = known.get(file) ?? readIndex(String(readLayoutFile(file)));
  known.set(file, index);
  return index;
}

function readIndex(text: string): LayoutIndex {
  try {
    const value = parseIndex(text, indexFile);
    return { text, value, isIntact: isIntactIndex(text, value) };
  } catch (error) {
    if (!isPerimeterError(error)) throw error;
    return { text, value: undefined, isIntact: false };
  }
}
