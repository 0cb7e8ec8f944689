import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { PartialBlob } from '../../../installer/oci/partial-blob.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('what came so far of a blob', () => {
  it('is gone on with by the next process, and kept under its name when it is whole', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'blobs', 'blob.partial');
    const first = await PartialBlob.open(path);
    await first.append(Buffer.from('one'));
    await first.close();
    const second = await PartialBlob.open(path);
    await second.append(Buffer.from('two'));
    expect([second.sizeBytes, second.digest]).toEqual([6, digestOf('onetwo')]);
    await second.keepAs(join(folder, 'blob'));
    await second.close();
    expect(await readFile(join(folder, 'blob'), 'utf8')).toBe('onetwo');
  });

  it('says of a cache that cannot be written which place that is, and is no defect', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const below = join(folder, 'file', 'blobs', 'blob.partial');
    await expect(PartialBlob.open(below)).rejects.toMatchObject({
      code: 'E_FILE_WRITE',
      message: expect.stringContaining(`${below} cannot be written: `),
    });
    await expect(PartialBlob.open(folder)).rejects.toMatchObject({
      code: 'E_FILE_WRITE',
      message: expect.stringContaining(`${folder} cannot be written: it is a folder`),
    });
  });

  it('says so too when the whole blob cannot get its name', async () => {
    const folder = await temporaryFolder();
    const name = join(folder, 'blob');
    await mkdir(name);
    const partial = await PartialBlob.open(`${name}.partial`);
    await partial.append(Buffer.from('one'));
    await expect(partial.keepAs(name)).rejects.toMatchObject({
      code: 'E_FILE_WRITE',
      message: expect.stringContaining(`${name} cannot be written: it is a folder`),
    });
    await partial.close();
  });
});
