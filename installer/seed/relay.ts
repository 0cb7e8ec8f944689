import {
  type AgentEvent,
  nothingSchema,
  type Parent,
  type ReceiveResult,
  reachResultSchema,
  receiveResultSchema,
} from '../agent/protocol.ts';
import { settleParallel } from '../base/parallel.ts';
import { parentsOf } from './chain.ts';
import { Conductor } from './conductor.ts';
import type { OpenedNode } from './open-nodes.ts';
import type { SeedFailure } from './seed-failures.ts';
import type { NodeResult, TimelineSample } from './seed-request.ts';
import type { SeedSource } from './seed-source.ts';

/** One chain at work: tells every node its parents, listens to how it goes, and tells anew when the order has to change. */
export class Relay {
  readonly timeline: TimelineSample[] = [];
  readonly decisions: string[] = [];
  readonly failures: SeedFailure[] = [];
  readonly #nodes: ReadonlyMap<string, OpenedNode>;
  readonly #source: SeedSource;
  readonly #conductor: Conductor;
  readonly #told = new Map<string, string>();
  readonly #startedAt = performance.now();

  constructor(nodes: readonly OpenedNode[], source: SeedSource, totalBytes: number) {
    this.#nodes = new Map(nodes.map((node) => [node.peer.name, node]));
    this.#source = source;
    this.#conductor = new Conductor([...this.#nodes.keys()], totalBytes);
  }

  /** Runs until every node has everything or has failed; failures are kept, not thrown. */
  async run(): Promise<readonly NodeResult[]> {
    const results: NodeResult[] = [];
    const names = this.#conductor.order;
    await settleParallel(names, names.length, async (name) => {
      const result = await this.#receive(name);
      if (result !== undefined) results.push({ name, result });
    });
    return results;
  }

  /** Takes the nodes out that reach none of their parents: the chain cannot serve them. Gives them back. */
  async leaveOutUnreachable(): Promise<readonly OpenedNode[]> {
    const nodes = [...this.#nodes.values()];
    const outcomes = await settleParallel(nodes, nodes.length, ({ session, peer }) =>
      session.call('reach', { parents: this.#parentsOf(peer.name) }, reachResultSchema),
    );
    const alone = nodes.filter((_node, index) => {
      const outcome = outcomes[index];
      return outcome?.status === 'fulfilled' && outcome.value.reached.length === 0;
    });
    for (const { peer } of alone) {
      this.#conductor.lost(peer.name);
      this.decisions.push(`${peer.name} reaches no other peer and stays out of the chain`);
    }
    return alone;
  }

  async #receive(name: string): Promise<ReceiveResult | undefined> {
    const parents = this.#parentsOf(name);
    this.#told.set(name, JSON.stringify(parents));
    try {
      return await this.#nodes.get(name)?.session.call('receive', { parents }, receiveResultSchema);
    } catch (error) {
      this.failures.push({ node: name, error });
      if (this.#conductor.lost(name)) this.#decide(`${name} left the chain`);
      return undefined;
    }
  }

  hear(node: string, event: AgentEvent): void {
    if (event.event !== 'progress') return;
    const { verifiedBytes, sentBytes, groupsDone, parent } = event;
    const atMs = performance.now() - this.#startedAt;
    this.timeline.push({ atMs, node, verifiedBytes, sentBytes, groupsDone, parent });
    const reason = this.#conductor.progress(node, atMs, verifiedBytes);
    if (reason !== undefined) this.#decide(reason);
  }

  #decide(reason: string): void {
    this.decisions.push(reason);
    for (const name of this.#conductor.order) {
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
    const ahead = this.#conductor.ahead(name).flatMap((other) => this.#nodes.get(other)?.peer ?? []);
    return parentsOf(ahead, this.#source.parentFor(name));
  }
}
