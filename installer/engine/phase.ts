import type { JsonObject } from '../base/json.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { HostHands, HostView } from '../hosts/host.ts';
import type { KubeHands, KubeView } from '../kube/kube.ts';
import type { CredentialStore, CredentialView } from '../site/credentials.ts';
import type { Site, SiteNode } from '../site/site.ts';

/** What a phase works on: one node, or the site as a whole. `name` is the node's name or `site`. */
export type Target =
  | { readonly kind: 'node'; readonly name: string; readonly node: SiteNode }
  | { readonly kind: 'site'; readonly name: 'site' };

export const siteTarget: Target = { kind: 'site', name: 'site' };

export function nodeTarget(node: SiteNode): Target {
  return { kind: 'node', name: node.name, node };
}

/** Everything a phase may look at. It has no method that changes anything. */
export interface Look {
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly signal: AbortSignal;
  readonly kube: KubeView;
  readonly credentials: CredentialView;
  host(name: string): HostView;
}

/** Tells the person who watches. */
export interface Teller {
  /** A line for the person who watches. */
  note(text: string): void;
  /** `text`: what else is worth knowing now, in a few words. */
  progress(done: number, total: number, unit: 'bytes' | 'steps', text?: string): void;
}

/** Everything a phase may do, on top of looking. Only `apply` gets it. */
export interface Hands extends Omit<Look, 'kube' | 'credentials' | 'host'>, Teller {
  readonly kube: KubeHands;
  readonly credentials: CredentialStore;
  host(name: string): HostHands;
  /** The same for one of several things that go on at once within this target, such as a node that is seeded. */
  part(name: string): Teller;
}

/** One thing that will be different. `sentence` is for an administrator; neither it nor `data` ever holds a secret. */
export interface Change<Data extends JsonObject = JsonObject> {
  /** Stable and unique within phase and target: "install-package/haproxy". */
  readonly id: string;
  readonly sentence: string;
  readonly data: Data;
}

/** What a part of a plan is likely to cost, for whoever has to agree to it. */
export interface Estimate {
  readonly ms: number;
  /** Bytes that will be taken on the disk of each node, by its name. */
  readonly diskBytes?: Readonly<Record<string, number>>;
}

/**
 * A phase looks, plans, does, and looks again. The engine owns order, targets side by side, time, journal, lock, cancellation
 * and the second look; a phase has no logging, no retry around itself, no dry-run switch.
 */
export interface Phase<Facts = unknown, Data extends JsonObject = JsonObject> {
  /** The words of the file name: "prepare-nodes". */
  readonly name: string;
  /** What a person reads while it runs: "Prepare the nodes". */
  readonly title: string;
  /** The nodes, or `[siteTarget]`. Targets are worked on side by side, at most `hostsAtOnce` of them. */
  targets(site: Site): readonly Target[];
  /** Runs beside the phases that follow it, and is over before the phase of this name begins, which needs what it brings. */
  readonly until?: string;
  /** Reads facts; must cope with a site where nothing exists yet. */
  inspect(target: Target, look: Look): Promise<Facts>;
  /** Pure: facts in, changes out, in the order in which they are to be applied. */
  plan(facts: Facts, target: Target, look: PlanInputs): readonly Change<Data>[];
  apply(change: Change<Data>, target: Target, hands: Hands): Promise<void>;
  /** Waits until what was applied has taken effect; only called after something was applied. */
  settle?(target: Target, hands: Hands): Promise<void>;
  /** Pure: what these changes, of all targets together, are likely to cost. Absent: nothing worth telling. */
  estimate?(changes: readonly Change<Data>[]): Estimate;
}

/** What planning may know besides the facts. */
export interface PlanInputs {
  readonly site: Site;
  readonly bundle: OpenBundle;
}

/** Gives a phase its types and forgets them for the list of phases: the engine hands facts and changes back unread. */
export function definePhase<Facts, Data extends JsonObject>(phase: Phase<Facts, Data>): Phase {
  return phase;
}
