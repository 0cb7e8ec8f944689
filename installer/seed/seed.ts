import { AgentSession } from '../agent/agent-session.ts';
import { BlobServer } from '../agent/blob-server.ts';
import {
  type AgentEvent,
  openResultSchema,
  type Parent,
  type ReceiveResult,
  receiveResultSchema,
} from '../agent/protocol.ts';
import { RateLimit } from '../agent/rate-limit.ts';
import { isPerimeterError } from '../base/errors.ts';
import { mapParallel, settleParallel } from '../base/parallel.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { HostHands } from '../hosts/host.ts';
import { parentsOf } from './chain.ts';
import { chunkHashesOf } from './chunk-hashes.ts';
import { localAddressTowards } from './local-address.ts';
import { RunAuthority } from './run-authority.ts';
import { joinSeedFailures, type SeedFailure } from './seed-failures.ts';
import type { SeedBlob } from './seed-plan.ts';
import { SourceLibrary } from './source-library.ts';

export interface SeedRequest {
  readonly bundle: OpenBundle;
  readonly blobs: readonly SeedBlob[];
  /** In the order of the chain. */
  readonly nodes: readonly SeedNode[];
  /** Bytes per second that each peer may send; 0 for no limit. */
  readonly maxBytesPerSecond: number;
  readonly signal: AbortSignal;
  onEvent(node: string, event: AgentEvent): void;
}

export interface SeedNode {
  readonly host: HostHands;
  readonly command: readonly string[];
}

export interface SeedReport {
  readonly ms: number;
  readonly sourceSentBytes: number;
  readonly nodes: readonly { readonly name: string; readonly result: ReceiveResult }[];
}

const sessionsAtOnce = 32;
/** Layers of programs, as images here have them, grow to about three times their compressed size. */
const unpackFactor = 3;

interface Opened {
  readonly session: AgentSession;
  readonly peer: Parent;
}

/**
 * Brings the blobs to all nodes by one chain: the source feeds the first node, each node feeds the next while it still receives.
 * Nodes that fail do not hold up the others; they are named together at the end.
 */
export async function seed(request: SeedRequest): Promise<SeedReport> {
  const startedAt = performance.now();
  const { nodes, bundle, blobs } = request;
  const authority = await RunAuthority.create();
  const sourceAddresses = await Promise.all(nodes.map(({ host }) => localAddressTowards(host.address)));
  const source = new BlobServer({
    identity: await authority.issue('source', [...new Set(sourceAddresses)]),
    library: new SourceLibrary(bundle, blobs),
    rate: new RateLimit(request.maxBytesPerSecond),
    address: '0.0.0.0',
    port: 0,
  });
  const sessions: AgentSession[] = [];
  try {
    const port = await source.listen();
    const planned = await mapParallel(blobs, 2, async (blob) => ({
      ...blob,
      chunkHashes: (await chunkHashesOf(bundle, blob)).toString('base64'),
    }));
    const failures: SeedFailure[] = [];
    const opened = await settleParallel(nodes, sessionsAtOnce, async ({ host, command }): Promise<Opened> => {
      const { name, address } = host;
      const tell = (event: AgentEvent): void => request.onEvent(name, event);
      const session = await AgentSession.start(host, command, tell, request.signal);
      sessions.push(session);
      const input = {
        name,
        listen: { address, port: 0 },
        identity: await authority.issue(name, [address]),
        blobs: planned,
        maxBytesPerSecond: request.maxBytesPerSecond,
        unpackFactor,
      };
      const found = await session.call('open', input, openResultSchema);
      return { session, peer: { name, address, port: found.port } };
    });
    const ready: Opened[] = [];
    opened.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') ready.push(outcome.value);
      else failures.push({ node: nodes[index]?.host.name ?? '', error: outcome.reason });
    });
    if (failures.some(({ error }) => isPerimeterError(error, 'E_DISK_FULL')))
      throw joinSeedFailures(failures);
    const peers = ready.map(({ peer }) => peer);
    const received = await settleParallel(ready, ready.length, async ({ session, peer }, position) => {
      const address = sourceAddresses[nodes.findIndex(({ host }) => host.name === peer.name)] ?? '';
      const parents = parentsOf(position, peers, { name: 'source', address, port });
      return {
        name: peer.name,
        result: await session.call('receive', { parents }, receiveResultSchema),
      };
    });
    const results: { name: string; result: ReceiveResult }[] = [];
    received.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') results.push(outcome.value);
      else failures.push({ node: peers[index]?.name ?? '', error: outcome.reason });
    });
    if (failures.length > 0) throw joinSeedFailures(failures);
    return { ms: performance.now() - startedAt, sourceSentBytes: source.sentBytes, nodes: results };
  } finally {
    source.close();
    await Promise.allSettled(sessions.map((session) => session.close()));
  }
}
