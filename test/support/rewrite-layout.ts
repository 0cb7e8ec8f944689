import { readFile, writeFile } from 'node:fs/promises';
import {
  blockBytes,
  paddingOf,
  readTarHeader,
  tarEndBytes,
  tarHeader,
} from '../../installer/oci/layout-tar.ts';

/** Copies a bundle file by file; `change` gives the content that goes into the copy, or undefined to leave the file out. */
export async function rewriteLayout(
  from: string,
  to: string,
  change: (name: string, content: Buffer) => Buffer | undefined,
): Promise<void> {
  const whole = await readFile(from);
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const header = readTarHeader(whole.subarray(at, at + blockBytes));
    if (header === undefined) break;
    const start = at + blockBytes;
    const content = change(header.name, whole.subarray(start, start + header.sizeBytes));
    if (content !== undefined)
      parts.push(tarHeader(header.name, content.length), content, Buffer.alloc(paddingOf(content.length)));
    at = start + header.sizeBytes + paddingOf(header.sizeBytes);
  }
  await writeFile(to, Buffer.concat([...parts, Buffer.alloc(tarEndBytes)]));
}
