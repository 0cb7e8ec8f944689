import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { completeLayout } from '../../../../installer/bundle/store/complete-layout.ts';
import { layoutIndex } from '../../../../installer/bundle/verify/layout-index.ts';
import { scanLayout } from '../../../../installer/bundle/verify/scan-layout.ts';
import { indexFile, paddingOf, tarEndBytes, tarHeader } from '../../../../installer/oci/layout-tar.ts';
import { mediaTypes } from '../../../../installer/oci/media-types.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** A tar of nothing but an index that asks for one blob. */
function tarWith(digit: string): Buffer {
  const blob = { mediaType: mediaTypes.manifest, digest: `sha256:${digit.repeat(64)}`, size: 5 };
  const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [blob] });
  const rest = Buffer.alloc(paddingOf(text.length) + tarEndBytes);
  return Buffer.concat([tarHeader(indexFile, text.length), Buffer.from(text), rest]);
}

it('a medium that gives another index the second time is asked once: what is brought in is what was signed', async () => {
  const file = join(await temporaryFolder(), 'tar');
  await writeFile(file, tarWith('a'));
  await using handle = await open(file, 'r');
  const { size: sizeBytes } = await handle.stat();
  const layout = scanLayout([{ fd: handle.fd, offset: 0, sizeBytes }]);
  const held = layoutIndex(layout);
  expect(held?.text).toContain('aaaa');
  await writeFile(file, tarWith('b'));
  expect(layoutIndex(layout)).toBe(held);
  const { missing } = completeLayout([...layout.files.values()], () => undefined);
  expect(missing.map(({ digest }) => digest)).toEqual([`sha256:${'a'.repeat(64)}`]);
});
