import { setTimeout as delay } from 'node:timers/promises';
import { AgentSession } from '../agent/agent-session.ts';
import { openResultSchema, type Parent, type PlannedBlob } from '../agent/protocol.ts';
import type { Digest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { formatDuration } from '../base/units.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import { unpackedFactor } from '../preflight/bundle-need.ts';
import { planTags } from './plan-tags.ts';
import type { RunAuthority } from './run-authority.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { SeedNode, SeedRequest } from './seed-request.ts';

/** A node whose agent knows the plan, has room for it, and listens. */
export interface OpenedNode {
  readonly node: SeedNode;
  readonly session: AgentSession;
  readonly peer: Parent;
  readonly linkMbits?: number | undefined;
  readonly missing: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
}

/** How long nodes that have not answered are waited for. */
export interface Patience {
  /** When nobody else got ready for so long, those that are begin. */
  readonly quietMs: number;
  /** Who has not opened by then is named and left out. */
  readonly openWithinMs: number;
  /** An agent that receives and says nothing for so long is lost. */
  readonly silentMs: number;
}

export const usualPatience: Patience = { quietMs: 4000, openWithinMs: 60_000, silentMs: 60_000 };
/** An agent that cannot even end is left to its host. */
const closeWithinMs = 10_000;

/**
 * Starts the agents and gives them the plan, all at once; nothing is sent to any of them yet. Those that are ready do not wait for one that
 * never answers: it comes later, or is named at the end.
 */
export class NodeOpening {
  readonly failures: SeedFailure[] = [];
  readonly #opened: OpenedNode[] = [];
  /** Of those that are still being opened: agents that are open end by themselves when their session does. */
  readonly #pending = new Set<AbortController>();
  readonly #begin = Promise.withResolvers<void>();
  readonly #patience: Patience;
  readonly #settled: Promise<unknown>;
  readonly #order: readonly string[];
  #join: ((node: OpenedNode) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;

  constructor(request: SeedRequest, authority: RunAuthority, blobs: readonly PlannedBlob[]) {
    this.#patience = request.patience ?? usualPatience;
    this.#order = request.nodes.map(({ host }) => host.name);
    this.#settled = settleParallel(request.nodes, hostsAtOnce, async (node) => {
      const stop = new AbortController();
      this.#pending.add(stop);
      const own = { ...request, signal: AbortSignal.any([request.signal, stop.signal]) };
      try {
        this.#add(await openNode(node, own, authority, blobs, this.#patience.openWithinMs));
      } catch (error) {
        this.failures.push({ node: node.host.name, error });
      } finally {
        this.#pending.delete(stop);
      }
    }).finally(() => this.#begin.resolve());
  }

  /** Those to begin with, in the order of the request: all, or all but those that take much longer than the others. */
  async first(): Promise<readonly OpenedNode[]> {
    await this.#begin.promise;
    clearTimeout(this.#timer);
    this.#begun = this.#opened.length;
    return this.#opened.toSorted(
      (a, b) => this.#order.indexOf(a.peer.name) - this.#order.indexOf(b.peer.name),
    );
  }

  /** Tells of each that gets ready after `first`, and resolves when no more will. */
  async others(join: (node: OpenedNode) => void): Promise<void> {
    this.#join = join;
    for (const node of this.#opened.slice(this.#begun)) join(node);
    await this.#settled;
  }

  async close(): Promise<void> {
    for (const stop of this.#pending) stop.abort();
    clearTimeout(this.#timer);
    await this.#settled;
    const left = delay(closeWithinMs, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.#opened.map(({ session }) => session.close())), left]);
  }

  #add(node: OpenedNode): void {
    this.#opened.push(node);
    this.#join?.(node);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin.resolve(), this.#patience.quietMs);
  }
}

async function openNode(
  node: SeedNode,
  request: SeedRequest,
  authority: RunAuthority,
  blobs: readonly PlannedBlob[],
  withinMs: number,
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
      tags: planTags(request.bundle, request.blobs),
      maxBytesPerSecond: request.maxBytesPerSecond,
      unpackFactor: unpackedFactor,
    };
    const opened = await session.call('open', input, openResultSchema, withinMs);
    const { port, clockMs, missing, linkMbits } = opened;
    requireClock(name, clockMs, authority);
    return { node, session, peer: { name, address, port }, missing, linkMbits };
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
