import { setTimeout as delay } from 'node:timers/promises';
import { isPerimeterError, PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { CredentialView } from '../site/credentials.ts';
import type { Site } from '../site/site.ts';
import { ApiPaths, objectPath, type ResourceKind } from './api-paths.ts';
import { apiRefusal, isPassing } from './api-refusal.ts';
import type { ApiAnswer, ApiRequest } from './api-server.ts';
import { ApiServers } from './api-servers.ts';
import { waitServed } from './custom-resource.ts';
import type { KubeHands, KubeObject, ObjectReference } from './kube.ts';
import { nameOf, referenceOf } from './object-names.ts';
import { execInPod } from './pod-exec.ts';

/**
 * What the installer writes as. The controllers take fields of owners whose names begin so over (--override-manager), and drop what Git
 * does not have of them.
 */
const installerName = 'perimeter';

/** A write that meets a passing refusal (webhook just starting, leader election) is tried again for this long. */
const passingMs = 60_000;

export interface OpenKube extends KubeHands {
  /** The same cluster by the same connections, written to under another name: as somebody whom the controller does not know. */
  writesAs(fieldManager: string): KubeHands;
  /** Ends the connections that are kept open between requests. */
  close(): Promise<void>;
}

/** The site's cluster. Opening it asks nothing: credentials are looked up when first used, since an install makes them half-way. */
export function openKube(site: Site, credentials: CredentialView): OpenKube {
  return new KubeClient(new ApiServers(site, credentials), installerName);
}

class KubeClient implements OpenKube {
  readonly #servers: ApiServers;
  readonly #paths: ApiPaths;

  readonly #fieldManager: string;

  constructor(servers: ApiServers, fieldManager: string) {
    this.#servers = servers;
    this.#fieldManager = fieldManager;
    this.#paths = new ApiPaths((request) => servers.send(request));
  }

  async close(): Promise<void> {
    await this.#servers.close();
  }

  writesAs(fieldManager: string): KubeHands {
    return new KubeClient(this.#servers, fieldManager);
  }

  async reachable(): Promise<boolean> {
    return (await this.#servers.ready()) !== undefined;
  }

  async get(reference: ObjectReference): Promise<KubeObject | undefined> {
    const path = await this.#readPath(reference);
    if (path === undefined) return undefined;
    const answer = await this.#read({ method: 'GET', path });
    if (answer === undefined || answer.status === 404) return undefined;
    return objectIn(answer, `read ${nameOf(reference)}`);
  }

  async list(
    apiVersion: string,
    kind: string,
    options: { readonly namespace?: string; readonly labelSelector?: string } = {},
  ): Promise<readonly KubeObject[]> {
    const path = await this.#readPath({ apiVersion, kind, namespace: options.namespace });
    if (path === undefined) return [];
    const items: KubeObject[] = [];
    let next: string | undefined;
    do {
      const query = {
        limit: '500',
        ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
        ...(next === undefined ? {} : { continue: next }),
      };
      const answer = await this.#read({ method: 'GET', path, query });
      if (answer === undefined || answer.status === 404) return [];
      if (answer.status !== 200) throw apiRefusal(`list ${kind}`, answer);
      const page = JSON.parse(answer.text) as { items: KubeObject[]; metadata?: { continue?: string } };
      // Items of a list come without their type.
      for (const item of page.items) items.push({ ...item, apiVersion, kind });
      next = page.metadata?.continue || undefined;
    } while (next !== undefined);
    return items;
  }

  async podLog(
    namespace: string,
    name: string,
    options: { readonly container?: string; readonly tailLines?: number } = {},
  ): Promise<string> {
    const query = {
      tailLines: String(options.tailLines ?? 50),
      ...(options.container === undefined ? {} : { container: options.container }),
    };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
    const answer = await this.#servers.send({ method: 'GET', path, query });
    if (answer.status !== 200) throw apiRefusal(`read the log of pod ${namespace}/${name}`, answer);
    return answer.text;
  }

  async apply(object: KubeObject): Promise<KubeObject> {
    const path = objectPath(await this.#kindOf(object), referenceOf(object));
    const applied = await this.#write(`apply ${nameOf(referenceOf(object))}`, {
      method: 'PATCH',
      path,
      query: { fieldManager: this.#fieldManager, force: 'true' },
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
    if (object.kind === 'CustomResourceDefinition') await waitServed(this, this.#paths, object);
    return applied;
  }

  async create(object: KubeObject): Promise<KubeObject> {
    const { apiVersion, metadata } = object;
    const kind = await this.#kindOf(object);
    const namespace = metadata?.namespace ?? (kind.namespaced ? 'default' : undefined);
    const path = objectPath(kind, { apiVersion, namespace });
    return await this.#write(`create ${object.kind}`, {
      method: 'POST',
      path,
      query: { fieldManager: this.#fieldManager },
      body: object,
    });
  }

  async patch(reference: ObjectReference, patch: JsonObject): Promise<KubeObject> {
    const path = objectPath(await this.#kindOf(reference), reference);
    return await this.#write(`change ${nameOf(reference)}`, {
      method: 'PATCH',
      path,
      query: { fieldManager: this.#fieldManager },
      body: patch,
      contentType: 'application/merge-patch+json',
    });
  }

  async delete(reference: ObjectReference): Promise<void> {
    const path = await this.#readPath(reference);
    if (path === undefined) return;
    const body = { propagationPolicy: 'Background' };
    const answer = await this.#servers.send({ method: 'DELETE', path, body });
    if (answer.status === 404 || answer.status < 300) return;
    throw apiRefusal(`delete ${nameOf(reference)}`, answer);
  }

  async statusAs(identity: { readonly token: string } | 'anonymous', path: string): Promise<number> {
    return (await this.#servers.sendAs(identity, { method: 'GET', path })).status;
  }

  async serviceAccountToken(
    namespace: string,
    name: string,
    options: { readonly audiences?: readonly string[]; readonly ttlSeconds: number },
  ): Promise<string> {
    const answer = await this.#write(`make a token for service account ${namespace}/${name}`, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: options.audiences ?? [], expirationSeconds: options.ttlSeconds },
      },
    });
    return (answer['status'] as { token: string }).token;
  }

  async exec(
    namespace: string,
    pod: string,
    container: string,
    argv: readonly string[],
    input?: string,
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
    const server = (await this.#servers.ready()) ?? (await this.#servers.current());
    return await execInPod(await server.config(), { namespace, pod, container, argv, input });
  }

  async #kindOf(object: { readonly apiVersion: string; readonly kind: string }): Promise<ResourceKind> {
    const found = await this.#paths.kindOf(object.apiVersion, object.kind);
    if (found !== undefined) return found;
    throw new PerimeterError('E_KUBE_API', {
      message: `The cluster does not know the kind ${object.kind} of ${object.apiVersion}.`,
      hint: 'The CustomResourceDefinition must be applied first; look for an earlier failure of the chart that brings it.',
      retryable: true,
    });
  }

  /** Undefined when there is no cluster (yet), or the cluster does not serve the kind. */
  async #readPath(reference: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name?: string;
  }): Promise<string | undefined> {
    if (!this.#servers.known) return undefined;
    const kind = await this.#orAbsent(() => this.#paths.kindOf(reference.apiVersion, reference.kind));
    return kind === undefined ? undefined : objectPath(kind, reference);
  }

  async #read(request: ApiRequest): Promise<ApiAnswer | undefined> {
    return await this.#orAbsent(() => this.#servers.send(request));
  }

  /** A cluster that is not there gives nothing; one that does not answer is an error. */
  async #orAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (this.#servers.absent) return undefined;
      throw error;
    }
  }

  async #write(attempt: string, request: ApiRequest): Promise<KubeObject> {
    const deadline = performance.now() + passingMs;
    for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 4000)) {
      const answer = await this.#sendWrite(request, deadline);
      if (answer !== undefined) {
        if (answer.status < 300 || !isPassing(answer) || performance.now() > deadline) {
          return objectIn(answer, attempt);
        }
      }
      await delay(pauseMs);
    }
  }

  /** Undefined when no server answers for the moment and the deadline has not come. */
  async #sendWrite(request: ApiRequest, deadline: number): Promise<ApiAnswer | undefined> {
    try {
      return await this.#servers.send(request);
    } catch (error) {
      const again = isPerimeterError(error) && error.retryable && request.method !== 'POST';
      if (!again || performance.now() > deadline) throw error;
      return undefined;
    }
  }
}

function objectIn(answer: ApiAnswer, attempt: string): KubeObject {
  if (answer.status >= 300) throw apiRefusal(attempt, answer);
  return JSON.parse(answer.text) as KubeObject;
}
