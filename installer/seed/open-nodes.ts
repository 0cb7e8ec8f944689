import { AgentSession } from '../agent/agent-session.ts';
import { openResultSchema, type Parent, type PlannedBlob } from '../agent/protocol.ts';
import type { Digest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { formatDuration } from '../base/units.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import type { RunAuthority } from './run-authority.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { SeedNode, SeedRequest } from './seed-request.ts';

/** A node whose agent knows the plan, has room for it, and listens. */
export interface OpenedNode {
  readonly node: SeedNode;
  readonly session: AgentSession;
  readonly peer: Parent;
  readonly missing: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
}

export interface OpenedNodes {
  readonly ready: readonly OpenedNode[];
  readonly failures: readonly SeedFailure[];
}

const openWithinMs = 60_000;
/** Layers of programs grow to about three times their compressed size. */
const unpackFactor = 3;

/** Starts the agents and gives them the plan, all at once. Nothing is sent to any of them yet. */
export async function openNodes(
  request: SeedRequest,
  authority: RunAuthority,
  blobs: readonly PlannedBlob[],
): Promise<OpenedNodes> {
  const outcomes = await settleParallel(request.nodes, hostsAtOnce, (node) =>
    openNode(node, request, authority, blobs),
  );
  const ready: OpenedNode[] = [];
  const failures: SeedFailure[] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'fulfilled') ready.push(outcome.value);
    else failures.push({ node: request.nodes[index]?.host.name ?? '', error: outcome.reason });
  });
  return { ready, failures };
}

async function openNode(
  node: SeedNode,
  request: SeedRequest,
  authority: RunAuthority,
  blobs: readonly PlannedBlob[],
): Promise<OpenedNode> {
  const { name, address } = node.host;
  const tell = (event: Parameters<SeedRequest['onEvent']>[1]): void => request.onEvent(name, event);
  const session = await AgentSession.start(node.host, node.command, tell, request.signal);
  try {
    const input = {
      name,
      listen: { address, port: 0 },
      identity: await authority.issue(name, [address]),
      blobs,
      maxBytesPerSecond: request.maxBytesPerSecond,
      unpackFactor,
    };
    const { port, clockMs, missing } = await session.call('open', input, openResultSchema, openWithinMs);
    requireClock(name, clockMs, authority);
    return { node, session, peer: { name, address, port }, missing };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The certificates of the run hold for a day: a node whose clock is outside of it could talk to nobody. */
function requireClock(name: string, clockMs: number, authority: RunAuthority): void {
  if (clockMs > authority.notBefore.getTime() && clockMs < authority.notAfter.getTime()) return;
  const skewMs = clockMs - Date.now();
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  throw new PerimeterError('E_SEED', {
    message: `${name}: its clock is ${formatDuration(Math.abs(skewMs))} ${direction} this machine's, so that certificates do not hold there.`,
    hint: `Set the clock of ${name} and run the same command again, for example: date -u -s '${new Date().toISOString()}'`,
    where: { host: name },
  });
}
