import type { JsonObject } from '../base/json.ts';

/** A Kubernetes object as plain data. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The cluster, read only. A cluster that is not there yet is no error: `reachable` is false and every read gives nothing. */
export interface KubeView {
  /** True when an API server answers /readyz with the site's admin credentials. Bounded to a few seconds. */
  reachable(): Promise<boolean>;
  /** Undefined when the object, its kind or the whole cluster is not there. */
  get(reference: ObjectReference): Promise<KubeObject | undefined>;
  list(
    apiVersion: string,
    kind: string,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<readonly KubeObject[]>;
  /** Log of a pod's container, last lines; for messages about what failed. */
  podLog(
    namespace: string,
    name: string,
    options?: { readonly container?: string; readonly tailLines?: number },
  ): Promise<string>;
  /** A short-lived token for a service account. A question: it leaves no object behind. Raises E_KUBE_API when refused. */
  serviceAccountToken(
    namespace: string,
    name: string,
    options: { readonly audiences?: readonly string[]; readonly ttlSeconds: number },
  ): Promise<string>;
}

/** The cluster, changeable. Failures raise E_KUBE_API with the server's own words. */
export interface KubeHands extends KubeView {
  /** Server-side apply as field manager `perimeter`, forced. Creates or changes; waits for CRDs to be served when it applies one. */
  apply(object: KubeObject): Promise<KubeObject>;
  /** Plain create, for objects that are questions (SubjectAccessReview) or that must not exist yet. The answer is the server's object. */
  create(object: KubeObject): Promise<KubeObject>;
  /** HTTP status code that the API server gives to a GET of `path` by somebody else: a bearer token, or nobody at all. Never a throw for a refusal. */
  statusAs(identity: { readonly token: string } | 'anonymous', path: string): Promise<number>;
  /** JSON merge patch. */
  patch(reference: ObjectReference, patch: JsonObject): Promise<KubeObject>;
  delete(reference: ObjectReference): Promise<void>;
  /** Runs a command in a pod; input goes to its standard input. */
  exec(
    namespace: string,
    pod: string,
    container: string,
    argv: readonly string[],
    input?: string,
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}
