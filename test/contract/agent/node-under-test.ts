import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent, Parent, PlannedBlob, ReceiveResult } from '../../../installer/agent/protocol.ts';
import { SeedSession } from '../../../installer/agent/seed-session.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import type { RunAuthority } from '../../../installer/seed/run-authority.ts';

/** One node's agent in this very process: real TLS on loopback, real files. */
export interface NodeUnderTest {
  readonly store: SeedStore;
  readonly session: SeedSession;
  readonly peer: Parent;
  readonly events: AgentEvent[];
  receive(parents: readonly Parent[]): Promise<ReceiveResult>;
  close(): Promise<void>;
}

export async function startNode(
  name: string,
  authority: RunAuthority,
  blobs: readonly PlannedBlob[],
  options: { readonly maxBytesPerSecond?: number; readonly root?: string } = {},
): Promise<NodeUnderTest> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), `node-${name}-`)));
  const store = new SeedStore({
    seedDirectory: join(root, 'seed'),
    containerdRoot: join(root, 'containerd'),
  });
  const session = await SeedSession.open(
    {
      name,
      listen: { address: '127.0.0.1', port: 0 },
      identity: await authority.issue(name, ['127.0.0.1']),
      blobs: [...blobs],
      tags: {},
      maxBytesPerSecond: options.maxBytesPerSecond ?? 0,
      unpackFactor: 0,
    },
    store,
  );
  const port = await session.listen();
  const events: AgentEvent[] = [];
  return {
    store,
    session,
    peer: { name, address: '127.0.0.1', port },
    events,
    receive: (parents) => session.receive(parents, (event) => events.push(event)),
    async close() {
      session.close();
      if (options.root === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}
