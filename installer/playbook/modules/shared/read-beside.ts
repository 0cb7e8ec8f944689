import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../../base/files.ts';
import { FinalTaskError } from '../../task-error.ts';

/** A text that lies beside the playbook. What is no text would reach the host altered, so it is refused. */
export async function readBeside(directory: string, name: string): Promise<string> {
  const bytes = await readFile(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
    // The name may have come out of a variable: then nobody looked for the file when the playbook was read.
    throw new FinalTaskError(
      error.code === 'ENOENT'
        ? `there is no file ${name} beside the playbook`
        : `${name} beside the playbook cannot be read (${error.code})`,
    );
  });
  const text = textOf(bytes);
  if (text === undefined)
    throw new FinalTaskError(`${name} is no UTF-8 text; what is no text comes in an artifact of the bundle`);
  return text;
}
