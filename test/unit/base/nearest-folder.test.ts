import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freeBytesAt, nearestFolder } from '../../../installer/base/nearest-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a folder that is still to be made is measured at the nearest above it that is there', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  expect(await nearestFolder(folder)).toBe(folder);
  expect(await nearestFolder(join(folder, 'one', 'two'))).toBe(folder);
  expect(await nearestFolder(join(folder, 'file', 'below'))).toBe(folder);
  expect(await nearestFolder('nowhere/at/all')).toBe('.');
  expect(await freeBytesAt(join(folder, 'one', 'two'))).toBeGreaterThan(0);
});
