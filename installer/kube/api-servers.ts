import { messageOf, PerimeterError } from '../base/errors.ts';
import type { CredentialView } from '../site/credentials.ts';
import { controlPlaneNodes, type Site } from '../site/site.ts';
import { adminKubeconfigName, readAdminIdentity } from './admin-kubeconfig.ts';
import { type ApiAnswer, type ApiIdentity, type ApiRequest, ApiServer } from './api-server.ts';

/** Bounds the question "does this one answer?", so that a dead host costs seconds and not a TCP timeout. */
const probeTimeoutMs = 3000;

/** A closed port, an unknown certificate authority, or credentials that nobody knows. */
const notThere =
  /ECONNREFUSED|self-signed certificate|unable to verify|certificate signature failure|answers 401/;

/**
 * The API servers of a site behind one `send`. Stays with the one that answered last and goes over to another when it
 * fails. The administrator's credentials are read when first needed, since an install makes them half-way.
 */
export class ApiServers {
  readonly #site: Site;
  readonly #credentials: CredentialView;
  #kubeconfig: string | undefined;
  #servers: readonly ApiServer[] = [];
  #current: ApiServer | undefined;
  #absent = false;

  constructor(site: Site, credentials: CredentialView) {
    this.#site = site;
    this.#credentials = credentials;
  }

  /** False before the cluster was initialised: there are no credentials to ask with. */
  get known(): boolean {
    return this.#refresh().length > 0;
  }

  /**
   * True when the last question met hosts that are up but run no API server, or the API server of another cluster: the hosts
   * were made anew since the credentials were stored. A host that does not answer at all never counts as absent.
   */
  get absent(): boolean {
    return this.#absent;
  }

  /** The first server that says it is ready, or undefined. Raises nothing. */
  async ready(): Promise<ApiServer | undefined> {
    const servers = this.#refresh();
    const found = await firstReady(servers);
    this.#current = found.server ?? this.#current;
    return found.server;
  }

  /** The server in use; when there is none yet, whichever answers first. Raises E_KUBE_API when none does. */
  async current(): Promise<ApiServer> {
    const servers = this.#refresh();
    if (this.#current !== undefined && servers.includes(this.#current)) return this.#current;
    return await this.#choose();
  }

  /** Sends a request; after a broken connection once more to a server that is ready, unless repeating could do it twice. */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const server = await this.current();
    try {
      return await server.send(request);
    } catch (error) {
      this.#current = undefined;
      const other = await this.#choose();
      if (request.method === 'POST' && !neverArrived(error)) throw unanswered(server.node, error);
      try {
        return await other.send(request);
      } catch (second) {
        this.#current = undefined;
        throw unanswered(other.node, second);
      }
    }
  }

  /** The answer that somebody else gets. */
  async sendAs(who: ApiIdentity, request: ApiRequest): Promise<ApiAnswer> {
    const { node } = await this.current();
    const identity = readAdminIdentity(this.#credentials);
    const address = this.#site.nodes.find((candidate) => candidate.name === node)?.address;
    if (identity === undefined || address === undefined) throw noCluster();
    const server = new ApiServer(node, address, identity, who);
    try {
      return await server.send(request);
    } finally {
      await server.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    this.#current = undefined;
    this.#servers = [];
    this.#kubeconfig = undefined;
  }

  async #choose(): Promise<ApiServer> {
    if (this.#refresh().length === 0) throw noCluster();
    const found = await firstReady(this.#servers);
    this.#absent = found.reasons.length > 0 && found.reasons.every((reason) => notThere.test(reason));
    if (found.server === undefined) {
      throw new PerimeterError('E_KUBE_API', {
        message: `No control plane of site ${this.#site.name} answers.`,
        findings: found.reasons,
        hint: 'Look at the named hosts (power, network, `systemctl status kubelet`), then run the same command again.',
        retryable: true,
      });
    }
    this.#current = found.server;
    this.#absent = false;
    return found.server;
  }

  #refresh(): readonly ApiServer[] {
    const kubeconfig = this.#credentials.get(adminKubeconfigName);
    if (kubeconfig === this.#kubeconfig) return this.#servers;
    const identity = readAdminIdentity(this.#credentials);
    this.#kubeconfig = kubeconfig;
    this.#current = undefined;
    this.#servers =
      identity === undefined
        ? []
        : controlPlaneNodes(this.#site).map(({ name, address }) => new ApiServer(name, address, identity));
    return this.#servers;
  }
}

interface Readiness {
  readonly server?: ApiServer;
  readonly reasons: readonly string[];
}

/** Asks all servers at once; the first that is ready wins, the reasons of all are kept for when none is. */
async function firstReady(servers: readonly ApiServer[]): Promise<Readiness> {
  const reasons: string[] = [];
  const asked = servers.map(async (server) => {
    try {
      const answer = await server.send({ method: 'GET', path: '/readyz', timeoutMs: probeTimeoutMs });
      if (answer.status === 200) return server;
      reasons.push(`${server.node}: answers ${answer.status} to /readyz`);
    } catch (error) {
      reasons.push(`${server.node}: ${faultOf(error)}`);
    }
    throw new Error('not ready');
  });
  try {
    return { server: await Promise.any(asked), reasons };
  } catch {
    return { reasons: reasons.toSorted() };
  }
}

/** The words of the innermost cause: fetch wraps "connect ECONNREFUSED" into "fetch failed". */
function faultOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof AggregateError ? messageOf(inner.errors[0]) : messageOf(inner);
}

/** True when the connection itself failed, so that the server cannot have seen the request. */
function neverArrived(error: unknown): boolean {
  return /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|Connect Timeout/.test(faultOf(error));
}

function unanswered(node: string, error: unknown): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: `The Kubernetes API on ${node} did not answer: ${faultOf(error)}.`,
    hint: 'Look at that host (`systemctl status kubelet`, `crictl ps -a`), then run the same command again.',
    retryable: true,
    cause: error,
  });
}

function noCluster(): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: 'There is no cluster yet: its administrator credentials are not in the site folder.',
    hint: 'Run `perimeter install SITE --bundle FILE`; the phase init-control-plane makes the cluster.',
  });
}
