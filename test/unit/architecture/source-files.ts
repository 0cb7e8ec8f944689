import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { productDirectory } from '../../../installer/base/files.ts';

export interface SourceFile {
  /** Relative to the checkout. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** A path relative to the checkout, or the name of a package. */
  readonly target: string;
  readonly isPackage: boolean;
}

export function sourceFiles(folder: string): SourceFile[] {
  return globSync(`${folder}/**/*.{ts,mjs}`, { cwd: productDirectory() })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(productDirectory(path), 'utf8') }));
}

/** Static and dynamic imports, re-exports included, of types as well as of values. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'([^'\n]+)'/g);
  return [...found].map(([, name = '']) => {
    const isPackage = !name.startsWith('.');
    return { from: path, target: isPackage ? packageOf(name) : join(dirname(path), name), isPackage };
  });
}

function packageOf(name: string): string {
  return name.startsWith('node:')
    ? name
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
