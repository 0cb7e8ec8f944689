import { z } from 'zod';
import type { FileStatus } from '../../hosts/host.ts';
import { absolutePath, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { octal } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: told(absolutePath(), 'what to look at; a symbolic link is not followed'),
  get_checksum: told(z.boolean().optional(), 'tell the SHA-256 of a file too', false),
});

/** Only looks. `register: x` gives x.stat.exists, .isdir, .isreg, .islnk, .mode, .size, .checksum (SHA-256). */
export const stat = defineModule<
  typeof args,
  { status: FileStatus | undefined; checksum: string | undefined }
>({
  name: 'stat',
  summary: 'A look at a path, for register.',
  example: 'stat: {path: /etc/machine-id}',
  args,
  async inspect(task, host) {
    const status = await host.status(task.path);
    const checksum = task.get_checksum && status?.kind === 'file' ? await host.sha256(task.path) : undefined;
    return { status, checksum };
  },
  plan: () => undefined,
  async apply() {},
  result(_task, { status, checksum }) {
    if (status === undefined) return { stat: { exists: false } };
    const { kind, mode, sizeBytes, owner, group } = status;
    return {
      stat: {
        exists: true,
        isdir: kind === 'directory',
        isreg: kind === 'file',
        islnk: kind === 'symlink',
        mode: octal(mode),
        size: sizeBytes,
        pw_name: owner,
        gr_name: group,
        ...(checksum === undefined ? {} : { checksum }),
      },
    };
  },
});
