import type { ApiType, Configuration, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { AdminIdentity } from './admin-kubeconfig.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Absolute path, without query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** Who asks: the administrator by default. */
export type ApiIdentity = 'admin' | 'anonymous' | { readonly token: string };

/**
 * Sends requests with the client library's own transport and credentials, but hands bodies through as plain JSON: its typed
 * models would silently drop every field of a newer API that they do not know.
 */
class PlainApi implements ApiType {
  readonly #configuration: Configuration;
  /** The library would make connections of their own for each request; these serve all. */
  #secured: RequestContext | undefined;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  async send(request: ApiRequest): Promise<ApiAnswer> {
    const context = this.#contextOf(request.path, request.method);
    context.setHeaderParam('Accept', 'application/json');
    for (const [name, value] of Object.entries(request.query ?? {})) context.setQueryParam(name, value);
    if (request.body !== undefined) {
      context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
      context.setBody(JSON.stringify(request.body));
    }
    context.setSignal(AbortSignal.timeout(request.timeoutMs ?? 30_000));
    const secured = await this.#secure();
    for (const [name, value] of Object.entries(secured.getHeaders())) context.setHeaderParam(name, value);
    const dispatcher = secured.getDispatcher();
    if (dispatcher !== undefined) context.setDispatcher(dispatcher);
    const response = await this.#configuration.httpApi.send(context).toPromise();
    return { status: response.httpStatusCode, text: await response.body.text() };
  }

  async close(): Promise<void> {
    await this.#secured?.getDispatcher()?.destroy();
    this.#secured = undefined;
  }

  #contextOf(path: string, method: ApiRequest['method']): RequestContext {
    return this.#configuration.baseServer.makeRequestContext(path, method);
  }

  async #secure(): Promise<RequestContext> {
    if (this.#secured !== undefined) return this.#secured;
    const secured = this.#contextOf('/', 'GET');
    await this.#configuration.authMethods.default?.applySecurityAuthentication(secured);
    this.#secured ??= secured;
    return this.#secured;
  }
}

/** One API server, by the address of its control-plane node. */
export class ApiServer {
  readonly node: string;
  readonly #loadConfig: () => Promise<KubeConfig>;
  #config: Promise<KubeConfig> | undefined;
  #api: Promise<PlainApi> | undefined;

  constructor(node: string, address: string, identity: AdminIdentity, who: ApiIdentity = 'admin') {
    this.node = node;
    this.#loadConfig = () => configFor(address, identity, who);
  }

  /** The library's configuration. The library is loaded when it is first needed: its models of every API take 90 MB of memory. */
  config(): Promise<KubeConfig> {
    this.#config ??= this.#loadConfig();
    return this.#config;
  }

  async send(request: ApiRequest): Promise<ApiAnswer> {
    this.#api ??= this.config().then((config) => config.makeApiClient(PlainApi));
    return (await this.#api).send(request);
  }

  async close(): Promise<void> {
    await (await this.#api)?.close();
  }
}

async function configFor(address: string, identity: AdminIdentity, who: ApiIdentity): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const config = new KubeConfig();
  const server = `https://${address.includes(':') ? `[${address}]` : address}:6443`;
  const user =
    who === 'admin'
      ? { certData: base64(identity.certificate), keyData: base64(identity.key) }
      : who === 'anonymous'
        ? {}
        : { token: who.token };
  config.loadFromOptions({
    clusters: [{ name: 'site', server, caData: base64(identity.certificateAuthority), skipTLSVerify: false }],
    users: [{ name: 'user', ...user }],
    contexts: [{ name: 'site', cluster: 'site', user: 'user' }],
    currentContext: 'site',
  });
  return config;
}
