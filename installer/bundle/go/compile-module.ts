import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from '../../oci/layer.ts';
import type { Workshop } from '../build/made-artifact.ts';
import { step } from '../build/run-step.ts';
import type { GoModule } from '../recipe/schema.ts';
import { goEnvironment } from './go-environment.ts';
import { overlaidFolder } from './overlaid-folder.ts';

type Binary = NonNullable<GoModule['binaries']>[number];

/** The folder in which Go runs: the one with the module's go.mod and go.sum. */
export function moduleDirectory(recipeDirectory: string, module: GoModule): string {
  return join(recipeDirectory, module.directory ?? module.local ?? '.');
}

/** Compiles the module's programs into `output` (a fresh folder) and returns them as entries of a layer. */
export async function compileModule(
  recipe: { readonly name: string; readonly directory: string },
  module: GoModule,
  output: string,
  workshop: Workshop,
): Promise<LayerEntry[]> {
  const binaries = module.binaries ?? [];
  const run = step({
    what: `Artifact ${recipe.name}`,
    cwd: await folderToBuildIn(recipe, module, output, workshop),
    env: goEnvironment(module, workshop.goCache),
    signal: workshop.signal,
    onLine: (line) => workshop.note(line),
  });
  const flags = [
    '-trimpath',
    '-buildvcs=false',
    '-v',
    ...(module.tags === undefined ? [] : ['-tags', module.tags.join(',')]),
    '-ldflags',
    (module.ldflags ?? ['-s', '-w']).join(' '),
  ];
  const fileOf = (index: number): string => join(output, `binary-${index}`);
  if (binaries.length > 1 && haveOwnNames(binaries)) {
    // One call for all: Go plans the packages that they share only once, and links them side by side.
    await run`nice -n 10 go build ${flags} -o ${`${output}/`} ${binaries.map((binary) => binary.package)}`;
    for (const [index, binary] of binaries.entries())
      await rename(join(output, executableName(binary)), fileOf(index));
  } else {
    for (const [index, binary] of binaries.entries())
      await run`nice -n 10 go build ${flags} -o ${fileOf(index)} ${binary.package}`;
  }
  return await Promise.all(
    binaries.map(async (binary, index) => {
      const { size } = await stat(fileOf(index));
      const content = { file: fileOf(index), sizeBytes: size };
      return { type: 'file', path: binary.path, mode: 0o755, content } satisfies LayerEntry;
    }),
  );
}

async function folderToBuildIn(
  recipe: { readonly name: string; readonly directory: string },
  module: GoModule,
  output: string,
  workshop: Workshop,
): Promise<string> {
  const folder = moduleDirectory(recipe.directory, module);
  const { module: path, version, overlay } = module;
  if (overlay === undefined || path === undefined || version === undefined) return folder;
  return overlaidFolder({ recipe, folder, path, version, overlay, output, signal: workshop.signal });
}

/** The name that Go itself gives a program: the last element of its path that is no major version. */
export function executableName(binary: Pick<Binary, 'package'>): string {
  const elements = binary.package.split('/');
  const last = elements.at(-1) ?? '';
  return /^v[0-9]+$/.test(last) && elements.length > 1 ? (elements.at(-2) ?? last) : last;
}

function haveOwnNames(binaries: readonly Binary[]): boolean {
  const names = new Set(binaries.map(executableName));
  return names.size === binaries.length && binaries.every((binary) => !binary.package.startsWith('.'));
}
