import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step } from '../build/run-step.ts';
import { goEnvironment } from './go-environment.ts';
import { moduleSource } from './module-source.ts';

export interface Overlay {
  readonly recipe: { readonly name: string; readonly directory: string };
  /** Holds go.mod and go.sum. */
  readonly folder: string;
  readonly path: string;
  readonly version: string;
  /** Path in the module -> file of the recipe that is read instead. */
  readonly overlay: Readonly<Record<string, string>>;
  readonly output: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * A folder to build in, whose go.mod takes the module from a copy beside it, with some files replaced: how a program is built
 * without the parts it never uses. Go lets nobody replace files in its own cache. The copy is proved by go.sum before it is made.
 */
export async function overlaidFolder(overlay: Overlay): Promise<string> {
  const options = { what: `Artifact ${overlay.recipe.name}`, signal: overlay.signal };
  const source = await moduleSource(overlay.path, overlay.version, overlay.folder, options);
  const folder = join(overlay.output, 'overlaid');
  const copy = join(folder, 'module');
  await mkdir(folder, { recursive: true });
  const run = step({ ...options, cwd: folder, env: goEnvironment({}) });
  await run`cp -r --no-preserve=mode ${source} ${copy}`;
  for (const [inModule, file] of Object.entries(overlay.overlay))
    await copyFile(join(overlay.recipe.directory, file), join(copy, inModule));
  const requirements = await readFile(join(overlay.folder, 'go.mod'), 'utf8');
  // A relative path: the same in every folder, so that the program does not tell where it was built.
  await writeFile(join(folder, 'go.mod'), `${requirements}\nreplace ${overlay.path} => ./module\n`);
  await copyFile(join(overlay.folder, 'go.sum'), join(folder, 'go.sum'));
  return folder;
}
