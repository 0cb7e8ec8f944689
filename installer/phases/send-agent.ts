import { agentProgram, type SentFile, sentFile } from '../agent/agent-program.ts';
import { fetchFromPeer } from '../agent/fetch-from-peer.ts';
import { libraryPath, programPath, runtimePath } from '../agent/paths.ts';
import { type CopySource, PeerCopies } from '../agent/peer-copies.ts';
import { type Bring, isPlaced, placeFile, sendCompressed } from '../agent/place-agent.ts';
import { runtimeFile, runtimeLibrary } from '../agent/runtime-file.ts';
import { hexOf } from '../base/digest.ts';
import { isPerimeterError } from '../base/errors.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { definePhase, nodeTarget } from '../engine/phase.ts';
import type { HostHands } from '../hosts/host.ts';

/** The large one: nodes pass it on to each other. */
const runtimeId = 'send/runtime';

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
      id: 'send/library',
      sentence: "send the runtime's library",
      path: libraryPath,
      mode: 0o644,
      file: library,
    },
    { id: 'send/program', sentence: 'send the agent', path: programPath, mode: 0o644, file: program },
    // Last, because a node that has it passes it on, and needs the others for that.
    {
      id: runtimeId,
      sentence: "send the agent's runtime",
      path: runtimePath,
      mode: 0o755,
      file: runtime,
    },
  ];
}

/** Puts the agent onto every node: the program that receives, passes on and loads what is seeded. */
export const sendAgent = definePhase({
  name: 'send-agent',
  title: 'Send the agent to the nodes',
  targets: (site) => site.nodes.map(nodeTarget),
  async inspect(target, { host, bundle }) {
    const missing: AgentFile[] = [];
    for (const file of await agentFiles(bundle)) {
      if (!(await isPlaced(host(target.name), file.path, file.file))) missing.push(file);
    }
    return missing;
  },
  plan: (missing) =>
    missing.map(({ id, sentence, file }) => ({ id, sentence, data: { digest: file.digest } })),
  async apply({ id }, target, { host, bundle, signal, note }) {
    const hands = host(target.name);
    for (const { path, mode, file } of (await agentFiles(bundle)).filter(
      (candidate) => candidate.id === id,
    )) {
      if (id !== runtimeId) await placeFile(hands, path, file, mode);
      else await passOn(hands, { path, mode, file, copies: copiesOf(bundle), signal, note });
    }
  },
});

const copies = new WeakMap<OpenBundle, PeerCopies>();

/** One for all nodes that are sent to in a run. */
function copiesOf(bundle: OpenBundle): PeerCopies {
  const known = copies.get(bundle) ?? new PeerCopies();
  copies.set(bundle, known);
  return known;
}

interface PassedOn {
  readonly path: string;
  readonly mode: number;
  readonly file: SentFile;
  readonly copies: PeerCopies;
  readonly signal: AbortSignal;
  note(text: string): void;
}

/** Brings a large file from a node that has it, or from here, and lets this node pass it on. */
async function passOn(
  host: HostHands,
  { path, mode, file, copies: shared, signal, note }: PassedOn,
): Promise<void> {
  const source = await shared.source(signal);
  let isThere = false;
  try {
    const bring: Bring = async (to, what, arriving) => {
      if (source.kind === 'peer' && (await takeFromPeer(to, source, what, arriving))) {
        note(`${to.name} has the agent's runtime from ${source.name}`);
        return;
      }
      if (source.kind === 'peer')
        note(`${to.name} could not take the agent's runtime from ${source.name}: sent from here`);
      await sendCompressed(to, what, arriving);
    };
    await placeFile(host, path, file, mode, bring);
    isThere = true;
  } finally {
    await shared.release(source, isThere ? { host, path } : undefined);
  }
}

/** False when the peer cannot be reached or gave something else: then it comes from here, which takes longer. */
async function takeFromPeer(
  host: HostHands,
  source: Extract<CopySource, { kind: 'peer' }>,
  { digest }: SentFile,
  arriving: string,
): Promise<boolean> {
  try {
    await fetchFromPeer(host, source, arriving);
  } catch (error) {
    if (isPerimeterError(error) && (error.code === 'E_HOST_COMMAND' || error.code === 'E_HOST_TIMEOUT'))
      return false;
    throw error;
  }
  return (await host.sha256(arriving)) === hexOf(digest);
}
