import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeHands, KubeObject, ObjectReference } from '../kube/kube.ts';
import type { OpenKube } from '../kube/kube-client.ts';
import { keyOf, nameOf, referenceOf } from '../kube/object-names.ts';
import { ChangeLine, type CutKind } from './change-line.ts';
import { readyStatus } from './ready-status.ts';

/**
 * A cluster that lives in memory: objects by name, and controllers that do at once what they would do in time. Records what was
 * changed, and can be told to be cut off in the middle.
 */
export class MemoryCluster implements OpenKube {
  /** Every changing request, in order, as a person would say it. */
  readonly changes: string[] = [];
  /** False: there is no cluster yet, and everything reads as nothing. */
  up = true;
  /** What the controllers make of an object that was applied; default: it is ready at once. */
  react: (object: KubeObject) => KubeObject = readyStatus;
  /** What a command in a pod does; default: a cluster in memory runs nothing. */
  run: KubeHands['exec'] = async () => {
    throw new Error('a cluster in memory runs nothing');
  };
  /** Told of every object that is deleted. */
  onDelete: (reference: ObjectReference) => void = () => {};
  readonly #objects: Map<string, KubeObject>;
  readonly #line: ChangeLine;

  /** `line`: shared with the rest of a world that is cut off as a whole. `objects`: the snapshot of another cluster to begin with. */
  constructor(line = new ChangeLine(), objects: Readonly<Record<string, KubeObject>> = {}) {
    this.#line = line;
    this.#objects = new Map(Object.entries(objects));
  }

  /** The connection breaks at the change after `count` more: it and all later ones are refused, or its answer alone is lost. */
  interruptAfter(count: number, kind: CutKind = 'killed'): void {
    this.#line.cutAfter(count, kind);
  }

  /** No more interruptions. */
  reconnect(): void {
    this.#line.mend();
  }

  /** Everything in the cluster, by name: equal for two clusters in the same state, however they came there. */
  snapshot(): Record<string, KubeObject> {
    return Object.fromEntries([...this.#objects].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Names of writers are not kept: no controller here asks for them. */
  writesAs(): MemoryCluster {
    return this;
  }

  async close(): Promise<void> {}

  async reachable(): Promise<boolean> {
    return this.up;
  }

  async get(reference: ObjectReference): Promise<KubeObject | undefined> {
    return this.up ? this.#objects.get(keyOf(reference)) : undefined;
  }

  async list(
    apiVersion: string,
    kind: string,
    options: { readonly namespace?: string; readonly labelSelector?: string } = {},
  ): Promise<readonly KubeObject[]> {
    return [...this.#objects.values()].filter(
      (object) =>
        this.up &&
        object.apiVersion === apiVersion &&
        object.kind === kind &&
        (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
        isSelected(object, options.labelSelector),
    );
  }

  async podLog(): Promise<string> {
    return '';
  }

  async apply(object: KubeObject): Promise<KubeObject> {
    return await this.#change(`apply ${nameOf(referenceOf(object))}`, () => this.put(object));
  }

  async create(object: KubeObject): Promise<KubeObject> {
    return await this.#change(`create ${nameOf(referenceOf(object))}`, () => this.put(object));
  }

  async patch(reference: ObjectReference, patch: JsonObject): Promise<KubeObject> {
    const object = this.#objects.get(keyOf(reference));
    if (this.up && object === undefined) throw refused(`${nameOf(reference)} not found`);
    return await this.#change(`change ${nameOf(reference)}`, () =>
      this.put(merged(object, patch) as KubeObject),
    );
  }

  async delete(reference: ObjectReference): Promise<void> {
    await this.#change(`delete ${nameOf(reference)}`, () => {
      this.#objects.delete(keyOf(reference));
      this.onDelete(reference);
    });
  }

  async statusAs(): Promise<number> {
    return 403;
  }

  /** Whose it is can be read from it: those who are shown it have nobody to ask. */
  async serviceAccountToken(namespace: string, name: string): Promise<string> {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name };
    if ((await this.get(account)) === undefined) throw refused(`${nameOf(account)} not found`);
    return `token of ${namespace}/${name}`;
  }

  async exec(...[namespace, pod, container, argv, input]: Parameters<KubeHands['exec']>) {
    const what = `run ${argv.slice(-20).join(' ')} in ${namespace}/${pod}`;
    return await this.#change(what, () => this.run(namespace, pod, container, argv, input));
  }

  /** Makes an object there, as somebody else would. */
  put(object: KubeObject): KubeObject {
    const reacted = this.react(object);
    this.#objects.set(keyOf(referenceOf(object)), reacted);
    return reacted;
  }

  async #change<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    if (!this.up) throw refused('there is no cluster');
    return await this.#line.remote(what, refused, () => {
      this.changes.push(what);
      return effect();
    });
  }
}

/** Equalities alone, with commas: "app=web,tier=front". */
function isSelected(object: KubeObject, selector = ''): boolean {
  const wanted = selector.split(',').filter((word) => word !== '');
  return wanted.every((word) => {
    const [name = '', value] = word.split('=');
    return object.metadata.labels?.[name] === value;
  });
}

function refused(words: string): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: `The cluster in memory refused: ${words}.`,
    hint: 'This cluster was told to behave so.',
    retryable: true,
  });
}

/** JSON merge patch: null removes, maps are merged, everything else is replaced. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
