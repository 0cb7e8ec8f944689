import { access, cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { digestOf, hexOf } from '../../installer/base/digest.ts';
import { cacheDirectory, productDirectory } from '../../installer/base/files.ts';
import { goEnvironment } from '../../installer/bundle/go/go-environment.ts';

/**
 * A Go program that only tests need, pinned by go.mod and go.sum in `test/fixtures/<name>`; compiled once and kept in the person's
 * cache by what it was compiled from.
 */
export async function moduleProgram(name: string, mainPackage: string): Promise<string> {
  const fixture = productDirectory('test', 'fixtures', name);
  const pinned = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(fixture, file), 'utf8')));
  const { stdout: goVersion } = await execa('go', ['version']);
  const key = hexOf(digestOf([goVersion, mainPackage, ...pinned].join('\n')));
  const program = cacheDirectory('programs', key, name);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  const folder = await mkdtemp(join(tmpdir(), `compile-${name}-`));
  try {
    await cp(fixture, folder, { recursive: true });
    // Beside its final place: only a whole program gets there, by renaming.
    const partial = `${program}.${process.pid}`;
    await execa('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', partial, mainPackage], {
      cwd: folder,
      env: goEnvironment({}),
    });
    await rename(partial, program);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return program;
}
