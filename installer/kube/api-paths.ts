import { apiRefusal } from './api-refusal.ts';
import type { ApiAnswer, ApiRequest } from './api-server.ts';

export interface ResourceKind {
  /** Name in the path, for example "deployments". */
  readonly plural: string;
  readonly namespaced: boolean;
}

interface DiscoveryDocument {
  readonly resources?: readonly { name: string; kind: string; namespaced: boolean }[];
}

/** Path of a group and version: `/api/v1` or `/apis/apps/v1`. */
function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Knows where the objects of a kind are served, by asking the API server and remembering. */
export class ApiPaths {
  readonly #send: (request: ApiRequest) => Promise<ApiAnswer>;
  readonly #known = new Map<string, ResourceKind>();

  constructor(send: (request: ApiRequest) => Promise<ApiAnswer>) {
    this.#send = send;
  }

  /** Undefined when the cluster does not serve the kind (now); that is asked anew each time. */
  async kindOf(apiVersion: string, kind: string): Promise<ResourceKind | undefined> {
    const known = this.#known.get(`${apiVersion} ${kind}`);
    if (known !== undefined) return known;
    const path = groupPath(apiVersion);
    const answer = await this.#send({ method: 'GET', path });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw apiRefusal(`look up ${apiVersion}`, answer);
    for (const resource of (JSON.parse(answer.text) as DiscoveryDocument).resources ?? []) {
      // "deployments/scale" is a part of another resource under a kind of its own.
      if (resource.name.includes('/')) continue;
      const value = { plural: resource.name, namespaced: resource.namespaced };
      this.#known.set(`${apiVersion} ${resource.kind}`, value);
    }
    return this.#known.get(`${apiVersion} ${kind}`);
  }

  /** Forgets a kind, for example when its CRD was removed. */
  forget(apiVersion: string, kind: string): void {
    this.#known.delete(`${apiVersion} ${kind}`);
  }
}

export interface PathInput {
  readonly apiVersion: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** A namespaced kind without a namespace means all namespaces in a list and `default` otherwise. */
export function objectPath(kind: ResourceKind, input: PathInput): string {
  const namespace = input.namespace ?? (input.name === undefined ? undefined : 'default');
  const parts = [groupPath(input.apiVersion)];
  if (kind.namespaced && namespace !== undefined) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(kind.plural);
  if (input.name !== undefined) parts.push(encodeURIComponent(input.name));
  return parts.join('/');
}
