import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import { requireFreeRoom } from '../../../installer/base/free-room.ts';
import { sayingWriteErrors } from '../../../installer/base/write-errors.ts';

const path = '/site/bundles/have.json';
const failing = async (fields: object): Promise<unknown> => {
  const error = Object.assign(new Error('the system says no'), fields);
  const work = async (): Promise<never> => await Promise.reject(error);
  return await sayingWriteErrors(path, work, 'go on').catch((thrown: unknown) =>
    thrown === error ? 'as it was' : thrown,
  );
};

describe('what the system does not let be written', () => {
  it('is a full disk, or the end of a quota, with how to go on', async () => {
    for (const code of ['ENOSPC', 'EDQUOT'])
      expect(await failing({ code, syscall: 'write' })).toMatchObject({ code: 'E_DISK_FULL', hint: 'go on' });
  });

  it('is a path that cannot be written, with the path and why', async () => {
    for (const code of ['EROFS', 'EACCES', 'EPERM', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EIO', 'EFBIG']) {
      expect(await failing({ code, syscall: 'open', path: `${path}.tmp` })).toMatchObject({
        code: 'E_FILE_WRITE',
        message: expect.stringMatching(
          new RegExp(`^${path} cannot be written: .* \\(the system says no\\)$`),
        ),
        hint: expect.stringContaining('ls -ld'),
      });
    }
    expect(await failing({ code: 'EROFS', syscall: 'mkdir', path: '/site' })).toMatchObject({
      code: 'E_FILE_WRITE',
    });
  });

  it('is nothing else: reading, other places, defects, and what was told already stay what they are', async () => {
    for (const fields of [
      { code: 'EIO', syscall: 'read' },
      { code: 'ENOENT', syscall: 'open', path: '/elsewhere/file' },
      { code: 'ENOENT', syscall: 'open', path: '/site/bundles-other/file' },
      { code: 'ERR_INVALID_ARG_TYPE' },
      {},
    ])
      expect(await failing(fields), JSON.stringify(fields)).toBe('as it was');
    const told = new PerimeterError('E_MEDIUM', { message: 'm', hint: 'h' });
    const work = async (): Promise<never> => await Promise.reject(told);
    await expect(sayingWriteErrors(path, work)).rejects.toBe(told);
  });
});

it('room is asked for where there are blocks to count', async () => {
  const about = { what: 'It', hint: 'h' };
  await expect(requireFreeRoom({ ...about, folder: '/', sizes: [2 ** 52] })).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    message: expect.stringMatching(/^It needs .* in \/, where .* are free$/),
  });
  await requireFreeRoom({ ...about, folder: '/proc', sizes: [2 ** 52] });
  await requireFreeRoom({ ...about, folder: join('/', 'nowhere'), sizes: [] });
});
