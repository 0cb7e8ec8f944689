import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { nothingSchema, partResultSchema } from '../agent/protocol.ts';
import { count, formatBytes } from '../base/units.ts';
import type { OpenedNode } from './open-nodes.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { SeedRequest } from './seed-request.ts';
import { sshCost } from './ssh-cost.ts';

/**
 * The way for nodes whose peers cannot be reached: blob by blob through the SSH connection that is there anyway. Every such
 * node costs this machine a whole copy, which the person who waits is told. Gives the failures.
 */
export async function sendOverSsh(
  request: SeedRequest,
  nodes: readonly OpenedNode[],
  chain: { readonly nodes: number; readonly bytesPerMs?: number | undefined },
): Promise<readonly SeedFailure[]> {
  const failures: SeedFailure[] = [];
  let { bytesPerMs } = chain;
  for (const [index, node] of nodes.entries()) {
    const { name } = node.peer;
    const bytes = bytesOf(node);
    const left = nodes.slice(index).map(bytesOf);
    // Those that are through count like those that the chain has fed: their time is over.
    const cost = sshCost({ bytes: left, chained: chain.nodes + index, bytesPerMs });
    const text = `${name} reaches neither this machine nor its peers by TCP, so ${formatBytes(bytes)} go to it through SSH, one copy for each of ${count(nodes.length, 'such node')} and one after the other: ${cost}`;
    request.onEvent(name, { event: 'note', text });
    const startedAt = performance.now();
    try {
      await sendAll(request, node);
      bytesPerMs = bytes / Math.max(1, performance.now() - startedAt);
    } catch (error) {
      failures.push({ node: name, error });
    }
  }
  return failures;
}

function bytesOf({ missing }: OpenedNode): number {
  return missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function sendAll({ bundle, signal }: SeedRequest, opened: OpenedNode): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'perimeter-seed-'));
  try {
    for (const { digest } of opened.missing) {
      signal.throwIfAborted();
      const file = join(directory, 'blob');
      await pipeline(bundle.readBlob(digest), createWriteStream(file), { signal });
      const { path } = await opened.session.call('part', { digest }, partResultSchema);
      await opened.node.host.upload(file, path, { mode: 0o600 });
      await opened.session.call('adopt', { digest }, nothingSchema);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
