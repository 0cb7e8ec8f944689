import { agentProgram, type SentFile, sentFile } from '../agent/agent-program.ts';
import { libraryPath, programPath, runtimePath } from '../agent/paths.ts';
import { isPlaced, placeFile } from '../agent/place-agent.ts';
import { runtimeFile, runtimeLibrary } from '../agent/runtime-file.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { definePhase, nodeTarget } from '../engine/phase.ts';

interface AgentFile {
  readonly id: string;
  readonly sentence: string;
  readonly path: string;
  readonly mode: number;
  readonly file: SentFile;
}

/** The files that make an agent, as this installer and this bundle have them. */
async function agentFiles(bundle: OpenBundle): Promise<readonly AgentFile[]> {
  const [runtime, library, program] = await Promise.all([
    runtimeFile(bundle).then(sentFile),
    sentFile(runtimeLibrary()),
    agentProgram(),
  ]);
  return [
    {
      id: 'send/runtime',
      sentence: "send the agent's runtime",
      path: runtimePath,
      mode: 0o755,
      file: runtime,
    },
    {
      id: 'send/library',
      sentence: "send the runtime's library",
      path: libraryPath,
      mode: 0o644,
      file: library,
    },
    { id: 'send/program', sentence: 'send the agent', path: programPath, mode: 0o644, file: program },
  ];
}

/** Puts the agent onto every node: the program that receives, passes on and loads what is seeded. */
export const sendAgent = definePhase({
  name: 'send-agent',
  title: 'Send the agent to the nodes',
  targets: (site) => site.nodes.map(nodeTarget),
  parallel: 32,
  async inspect(target, { host, bundle }) {
    const missing: AgentFile[] = [];
    for (const file of await agentFiles(bundle)) {
      if (!(await isPlaced(host(target.name), file.path, file.file))) missing.push(file);
    }
    return missing;
  },
  plan: (missing) =>
    missing.map(({ id, sentence, file }) => ({ id, sentence, data: { digest: file.digest } })),
  async apply({ id }, target, { host, bundle }) {
    const files = await agentFiles(bundle);
    for (const { path, mode, file } of files.filter((candidate) => candidate.id === id)) {
      await placeFile(host(target.name), path, file, mode);
    }
  },
});
