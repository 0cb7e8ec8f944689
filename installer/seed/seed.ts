import type { PlannedBlob } from '../agent/protocol.ts';
import { isPerimeterError } from '../base/errors.ts';
import { mapParallel } from '../base/parallel.ts';
import { chunkHashesOf } from './chunk-hashes.ts';
import { LoadingBeside } from './loading-beside.ts';
import { openNodes } from './open-nodes.ts';
import { Relay } from './relay.ts';
import { RunAuthority } from './run-authority.ts';
import { joinSeedFailures } from './seed-failures.ts';
import type { SeedReport, SeedRequest } from './seed-request.ts';
import { SeedSource } from './seed-source.ts';
import { sendOverSsh } from './send-over-ssh.ts';

/**
 * Brings the blobs to all nodes along one chain: the source feeds the first node, each node feeds the next while it still
 * receives, and puts into its containerd what is whole. Nodes that fail do not hold up the others and are named together at the end;
 * a node without room stops the seeding before the first byte.
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
  const { ready, failures } = await openNodes({ ...request, onEvent }, authority, blobs);
  try {
    const full = failures.filter(({ error }) => isPerimeterError(error, 'E_DISK_FULL'));
    if (full.length > 0) throw joinSeedFailures(full);
    const totalBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    relay = new Relay(ready, source, totalBytes);
    const loading = new LoadingBeside(request, ready);
    const alone = await relay.leaveOutUnreachable();
    const nodes = await relay.run();
    const unseeded = [...failures, ...relay.failures, ...(await sendOverSsh(request, alone))];
    const { timeline, decisions } = relay;
    const { sentBytes: sourceSentBytes } = source;
    const report = { ms: performance.now() - startedAt, sourceSentBytes, nodes, timeline, decisions };
    await request.onReport?.(report);
    const failed = [...unseeded, ...(await loading.failures(unseeded))];
    if (failed.length > 0) throw joinSeedFailures(failed);
    return report;
  } finally {
    source.close();
    await Promise.allSettled(ready.map(({ session }) => session.close()));
  }
}

async function plannedBlobs({ bundle, blobs }: SeedRequest): Promise<readonly PlannedBlob[]> {
  return mapParallel(blobs, 2, async (blob) => ({
    ...blob,
    chunkHashes: (await chunkHashesOf(bundle, blob)).toString('base64'),
  }));
}
