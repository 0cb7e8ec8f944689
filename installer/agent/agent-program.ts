import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Digest, digestOf, digestOfFile, hexOf } from '../base/digest.ts';
import { cacheDirectory, productDirectory, writeFileAtomic } from '../base/files.ts';

/** A file that goes to the nodes: as it must lie there, and compressed as it travels. */
export interface SentFile {
  readonly digest: Digest;
  readonly gzipPath: string;
}

let program: Promise<SentFile> | undefined;

/** The agent as one file of JavaScript, made of this very installer's own source; the same source gives the same bytes. */
export function agentProgram(): Promise<SentFile> {
  program ??= buildProgram();
  return program;
}

async function buildProgram(): Promise<SentFile> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [productDirectory('installer', 'agent', 'main.ts')],
    absWorkingDir: productDirectory(),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
    external: ['osx-temperature-sensor'],
  });
  const content = Buffer.from(result.outputFiles[0]?.contents ?? []);
  return { digest: digestOf(content), gzipPath: await compressed(digestOf(content), content) };
}

const prepared = new Map<string, Promise<SentFile>>();

/** A file for the nodes, ready to travel. Compressed once and remembered. */
export function sentFile(path: string): Promise<SentFile> {
  const known = prepared.get(path) ?? prepareFile(path);
  prepared.set(path, known);
  return known;
}

async function prepareFile(path: string): Promise<SentFile> {
  const digest = await digestOfFile(path);
  const gzipPath = compressedPath(digest);
  if (existsSync(gzipPath)) return { digest, gzipPath };
  return { digest, gzipPath: await compressed(digest, await readFile(path)) };
}

const compress = promisify(gzip);

async function compressed(digest: Digest, content: Buffer): Promise<string> {
  const path = compressedPath(digest);
  await writeFileAtomic(path, await compress(content, { level: 6 }));
  return path;
}

function compressedPath(digest: Digest): string {
  return join(cacheDirectory('agent'), `${hexOf(digest)}.gz`);
}
