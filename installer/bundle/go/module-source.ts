import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import type { LayerEntry } from '../../oci/layer.ts';
import { octal } from '../build/image-layers.ts';
import { type StepOptions, step } from '../build/run-step.ts';
import type { CopiedFile } from '../recipe/schema.ts';
import { goEnvironment } from './go-environment.ts';

/**
 * The folder of a module's own source in the module cache, downloaded when it is not there. `proofDirectory` holds the go.sum
 * that proves it: raises E_BUILD_FAILED when its line for the module is missing or differs.
 */
export async function moduleSource(
  module: string,
  version: string,
  proofDirectory: string,
  options: Omit<StepOptions, 'cwd' | 'env'>,
): Promise<string> {
  const run = step({ ...options, cwd: proofDirectory, env: { ...goEnvironment({}), GOFLAGS: '-mod=mod' } });
  const answer = JSON.parse(await run`go mod download -json ${`${module}@${version}`}`) as {
    Dir: string;
    Sum: string;
  };
  const sums = (await readFile(join(proofDirectory, 'go.sum'), 'utf8')).split('\n');
  if (!sums.includes(`${module} ${version} ${answer.Sum}`)) {
    throw new PerimeterError('E_BUILD_FAILED', {
      message: `${options.what}: ${module}@${version} as served is ${answer.Sum}, and ${proofDirectory}/go.sum has no such line`,
      hint: 'If the version was changed on purpose, write its line into go.sum; if not, do not trust what is served.',
    });
  }
  return answer.Dir;
}

/** A file, or a folder with all that is in it, at its place in a layer. */
export async function copiedEntries(root: string, copied: CopiedFile, what: string): Promise<LayerEntry[]> {
  const from = join(root, copied.from);
  const found = await stat(from).catch(() => undefined);
  if (found === undefined) {
    throw new PerimeterError('E_BUILD_FAILED', {
      message: `${what}: there is no ${copied.from} in ${root}`,
      hint: 'Mend `from` in the recipe; paths are relative to the root of the module, the package or the recipe.',
    });
  }
  if (!found.isDirectory()) {
    const mode = octal(copied.mode, (found.mode & 0o111) === 0 ? 0o644 : 0o755);
    return [{ type: 'file', path: copied.path, mode, content: { file: from, sizeBytes: found.size } }];
  }
  const entries = await readdir(from, { withFileTypes: true, recursive: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<LayerEntry[]> => {
      const file = join(entry.parentPath, entry.name);
      const path = join(copied.path, file.slice(from.length));
      if (entry.isDirectory()) return [{ type: 'directory', path }];
      if (!entry.isFile()) return [];
      const { size, mode } = await stat(file);
      return [
        {
          type: 'file',
          path,
          mode: octal(copied.mode, (mode & 0o111) === 0 ? 0o644 : 0o755),
          content: { file, sizeBytes: size },
        },
      ];
    }),
  );
  return [{ type: 'directory', path: copied.path }, ...nested.flat()];
}
