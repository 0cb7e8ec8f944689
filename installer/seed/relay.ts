import {
  type AgentEvent,
  nothingSchema,
  type Parent,
  type ReceiveResult,
  reachResultSchema,
  receiveResultSchema,
  tryResultSchema,
} from '../agent/protocol.ts';
import { settleParallel } from '../base/parallel.ts';
import { parentsOf } from './chain.ts';
import { Conductor } from './conductor.ts';
import { type OpenedNode, type Patience, usualPatience } from './open-nodes.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { NodeResult, TimelineSample } from './seed-request.ts';
import type { SeedSource } from './seed-source.ts';
import { Voices } from './voices.ts';

/** Longer than a node takes that reaches none of its four parents. */
const reachWithinMs = 60_000;
const tryWithinMs = 20_000;

/** Chains at work: tells every node its parents, listens to how it goes, and tells anew when the order has to change. */
export class Relay {
  readonly timeline: TimelineSample[] = [];
  readonly decisions: string[] = [];
  readonly failures: SeedFailure[] = [];
  /** Nodes that reach none of their parents: no chain can serve them. */
  readonly alone: OpenedNode[] = [];
  readonly #nodes: Map<string, OpenedNode>;
  readonly #source: SeedSource;
  /** One for each chain. */
  readonly #conductors: readonly Conductor[];
  readonly #told = new Map<string, string>();
  readonly #startedAt = performance.now();
  readonly #results: NodeResult[] = [];
  readonly #late: Promise<void>[] = [];
  readonly #voices: Voices;

  constructor(
    chains: readonly (readonly OpenedNode[])[],
    source: SeedSource,
    totalBytes: number,
    { silentMs }: Patience = usualPatience,
  ) {
    this.#voices = new Voices(silentMs);
    this.#nodes = new Map(chains.flat().map((node) => [node.peer.name, node]));
    this.#source = source;
    this.#conductors = chains.map(
      (chain) =>
        new Conductor(
          chain.map(({ peer }) => peer.name),
          totalBytes,
        ),
    );
  }

  /**
   * Runs until every node has everything or has failed, also those that join before `allThere`; failures are kept, not thrown.
   */
  async run(allThere: Promise<void>): Promise<readonly NodeResult[]> {
    await this.#serve([...this.#nodes.values()]);
    await allThere;
    await Promise.all(this.#late);
    return this.#results;
  }

  /** Takes in a node that got ready after the others had begun. */
  join(node: OpenedNode): void {
    const { name } = node.peer;
    this.#nodes.set(name, node);
    this.#shortest().join(name);
    this.decisions.push(
      `${name} was ready only after the others had begun, and hangs on the end of the chain`,
    );
    this.#late.push(this.#serve([node]));
  }

  async #serve(nodes: readonly OpenedNode[]): Promise<void> {
    await this.#leaveOutUnreachable(nodes);
    const served = nodes.filter((node) => !this.alone.includes(node));
    await settleParallel(served, served.length, async ({ peer: { name } }) => {
      const result = await this.#receive(name);
      if (result !== undefined) this.#results.push({ name, result });
    });
  }

  async #leaveOutUnreachable(nodes: readonly OpenedNode[]): Promise<void> {
    const outcomes = await settleParallel(nodes, nodes.length, ({ session, peer }) =>
      session.call('reach', { parents: this.#parentsOf(peer.name) }, reachResultSchema, reachWithinMs),
    );
    const alone = nodes.filter((_node, index) => {
      const outcome = outcomes[index];
      return outcome?.status === 'fulfilled' && outcome.value.reached.length === 0;
    });
    for (const { peer } of alone) {
      this.#of(peer.name)?.lost(peer.name);
      this.decisions.push(`${peer.name} reaches no other peer and stays out of the chain`);
    }
    this.alone.push(...alone);
  }

  async #receive(name: string): Promise<ReceiveResult | undefined> {
    const node = this.#nodes.get(name);
    if (node === undefined) return undefined;
    const parents = this.#parentsOf(name);
    this.#told.set(name, JSON.stringify(parents));
    try {
      return await this.#voices.whileHeard(
        name,
        node.session.call('receive', { parents }, receiveResultSchema),
      );
    } catch (error) {
      this.failures.push({ node: name, error });
      if (this.#of(name)?.lost(name)) this.#decide(`${name} left the chain`);
      return undefined;
    }
  }

  hear(node: string, event: AgentEvent): void {
    this.#voices.heard(node);
    if (event.event !== 'progress') return;
    const { verifiedBytes, sentBytes, groupsDone, parent } = event;
    const atMs = performance.now() - this.#startedAt;
    this.timeline.push({ atMs, node, verifiedBytes, sentBytes, groupsDone, parent });
    const conductor = this.#of(node);
    const reason = conductor?.progress(node, atMs, verifiedBytes);
    if (reason !== undefined) this.#decide(reason);
    if (conductor !== undefined) void this.#compareHead(conductor);
  }

  /** A first node that is slow makes all behind it slow, and only the source can tell that it could be faster. */
  async #compareHead(conductor: Conductor): Promise<void> {
    const { head, next } = conductor.headToCompare() ?? {};
    if (head === undefined || next === undefined) return;
    const parent = this.#source.parentFor(next);
    const tried = await this.#nodes
      .get(next)
      ?.session.call('try', { parent }, tryResultSchema, tryWithinMs)
      // Whoever cannot even be asked is judged by other means.
      .catch(() => undefined);
    const reason = conductor.compareHead(head, next, tried?.bytesPerMs ?? 0);
    if (reason !== undefined) this.#decide(reason);
  }

  #decide(reason: string): void {
    this.decisions.push(reason);
    for (const name of this.#conductors.flatMap(({ order }) => order)) {
      const parents = this.#parentsOf(name);
      const text = JSON.stringify(parents);
      if (this.#told.get(name) === text) continue;
      this.#told.set(name, text);
      // A node that cannot be told is lost, which its own call to receive reports.
      this.#nodes
        .get(name)
        ?.session.call('parents', { parents }, nothingSchema)
        .catch(() => {});
    }
  }

  #parentsOf(name: string): readonly Parent[] {
    const ahead = this.#of(name)?.ahead(name) ?? [];
    const peers = ahead.flatMap((other) => this.#nodes.get(other)?.peer ?? []);
    return parentsOf(peers, this.#source.parentFor(name));
  }

  /** Of the chain that a node is in. */
  #of(name: string): Conductor | undefined {
    return this.#conductors.find(({ order }) => order.includes(name));
  }

  #shortest(): Conductor {
    return this.#conductors.reduce((best, one) => (one.order.length < best.order.length ? one : best));
  }
}
