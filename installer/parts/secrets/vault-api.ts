import { PerimeterError } from '../../base/errors.ts';

export type VaultMethod = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How requests reach the site's secret manager. */
export interface VaultTransport {
  send(request: {
    readonly method: VaultMethod;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs?: number;
  }): Promise<{ readonly status: number; readonly text: string }>;
}

/** The secret manager's API, with or without a token. Paths begin after /v1/. */
export class VaultApi {
  readonly #transport: VaultTransport;
  readonly #token: string | undefined;

  constructor(transport: VaultTransport, token?: string) {
    this.#transport = transport;
    this.#token = token;
  }

  as(token: string): VaultApi {
    return new VaultApi(this.#transport, token);
  }

  /** Any answer, refusals included. */
  async request(method: VaultMethod, path: string, body?: unknown): Promise<VaultAnswer> {
    const patch = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await this.#transport.send({
      method,
      path: `/v1/${path}`,
      headers: {
        ...(this.#token === undefined ? {} : { 'x-vault-token': this.#token }),
        ...(body === undefined ? {} : { 'content-type': patch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: 15_000,
    });
    return { status: answer.status, body: answer.text === '' ? undefined : JSON.parse(answer.text) };
  }

  /** What is there, or undefined for 404. Raises E_SECRETS for any other refusal. */
  async find<T>(path: string): Promise<T | undefined> {
    const answer = await this.request('GET', path);
    return answer.status === 404 ? undefined : (accepted(answer, `read ${path}`) as T);
  }

  /** Raises E_SECRETS with the server's own words unless the answer is 2xx. `what` completes "could not ...". */
  async send<T>(method: VaultMethod, path: string, body: unknown, what: string): Promise<T> {
    return accepted(await this.request(method, path, body), what) as T;
  }
}

function accepted(answer: VaultAnswer, what: string): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const words = (answer.body as { errors?: readonly string[] } | undefined)?.errors?.join('; ') ?? '';
  throw new PerimeterError('E_SECRETS', {
    message: `The secret manager refused to ${what}: ${answer.status} ${words}`.trim(),
    hint: 'Look at the pod vault-0 in namespace secrets (kubectl -n secrets logs vault-0), then run the same command again.',
    retryable: answer.status >= 500,
  });
}
