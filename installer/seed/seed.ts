import type { PlannedBlob } from '../agent/protocol.ts';
import { isPerimeterError, messageOf } from '../base/errors.ts';
import { mapParallel } from '../base/parallel.ts';
import { chainCount } from './chain-count.ts';
import { type ChainNode, chainOrder } from './chain-order.ts';
import { chunkHashesOf } from './chunk-hashes.ts';
import { LoadingBeside } from './loading-beside.ts';
import { NodeOpening, type OpenedNode } from './open-nodes.ts';
import { Relay } from './relay.ts';
import { RunAuthority } from './run-authority.ts';
import { joinSeedFailures } from './seed-failures.ts';
import type { KnownLinks, NodeResult, SeedReport, SeedRequest } from './seed-request.ts';
import { SeedSource } from './seed-source.ts';
import { sendOverSsh } from './send-over-ssh.ts';

/**
 * Brings the blobs to all nodes along one chain, or more where this machine's link is faster than the nodes': the source feeds the first
 * node, each node feeds the next while it still receives, and puts into its containerd what is whole. Nodes that fail or never answer do
 * not hold up the others and are named together at the end; a node that says in time that it has no room stops the seeding before the
 * first byte.
 */
export async function seed(request: SeedRequest): Promise<SeedReport> {
  const startedAt = performance.now();
  const authority = await RunAuthority.create();
  const source = await SeedSource.start(request, authority);
  let relay: Relay | undefined;
  const onEvent: SeedRequest['onEvent'] = (node, event) => {
    relay?.hear(node, event);
    request.onEvent(node, event);
  };
  const blobs = await plannedBlobs(request);
  const opening = new NodeOpening({ ...request, onEvent }, authority, blobs);
  try {
    const ready = await opening.first();
    const full = opening.failures.filter(({ error }) => isPerimeterError(error, 'E_DISK_FULL'));
    if (full.length > 0) throw joinSeedFailures(full);
    const links = await knownLinks(request, source, ready);
    const order = chainOrder(ready.map(placeOf), request.chains ?? chainCount(links, ready.length));
    const byName = new Map(ready.map((one) => [one.peer.name, one]));
    const chains = order.chains.map((names) => names.flatMap((name) => byName.get(name) ?? []));
    const totalBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const chain = new Relay(chains, source, totalBytes, request.patience);
    relay = chain;
    const loading = new LoadingBeside(request);
    for (const node of ready) loading.start(node);
    const allThere = opening.others((node) => {
      loading.start(node);
      chain.join(node);
    });
    const nodes = await chain.run(allThere);
    const bySsh = await sendOverSsh(request, chain.alone, { nodes: nodes.length, bytesPerMs: paceOf(nodes) });
    const unseeded = [...(request.lost ?? []), ...opening.failures, ...chain.failures, ...bySsh];
    const { timeline, decisions } = chain;
    const report: SeedReport = {
      ms: performance.now() - startedAt,
      sourceSentBytes: source.sentBytes,
      nodes,
      order,
      links,
      failed: unseeded.map(({ node, error }) => ({ node, why: messageOf(error) })),
      interrupted: request.signal.aborted,
      timeline,
      decisions,
    };
    await request.onReport?.(report);
    const failed = [...unseeded, ...(await loading.failures(unseeded))];
    if (failed.length > 0) throw joinSeedFailures(failed);
    return report;
  } finally {
    source.close();
    await opening.close();
  }
}

function placeOf({ peer: { name, address }, node: { rack }, linkMbits }: OpenedNode): ChainNode {
  return { name, address, rack, linkMbits };
}

async function knownLinks(
  { maxBytesPerSecond }: SeedRequest,
  source: SeedSource,
  nodes: readonly OpenedNode[],
): Promise<KnownLinks> {
  const told = nodes.flatMap(({ peer, linkMbits }) =>
    linkMbits === undefined ? [] : ([[peer.name, linkMbits]] as const),
  );
  return { nodeMbits: Object.fromEntries(told), maxBytesPerSecond, sourceMbits: await source.linkMbits() };
}

/** What the chain has carried to the node that got most, per millisecond. */
function paceOf(nodes: readonly NodeResult[]): number | undefined {
  const paces = nodes.map(({ result: { receivedBytes, ms } }) => receivedBytes / Math.max(1, ms));
  return paces.length === 0 ? undefined : Math.max(...paces);
}

async function plannedBlobs({ bundle, blobs }: SeedRequest): Promise<readonly PlannedBlob[]> {
  return mapParallel(blobs, 2, async (blob) => ({
    ...blob,
    chunkHashes: (await chunkHashesOf(bundle, blob)).toString('base64'),
  }));
}
