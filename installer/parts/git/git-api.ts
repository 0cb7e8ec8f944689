import { PerimeterError } from '../../base/errors.ts';

export type GitMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who asks: a person or bot with a password, or the holder of a token. */
export type GitIdentity =
  | { readonly login: string; readonly password: string }
  | { readonly token: string }
  | 'anonymous';

export interface GitAnswer {
  readonly status: number;
  /** Parsed JSON, or the text as it came; undefined when the answer has no body. */
  readonly body: unknown;
}

/** How requests reach the site's Git server. */
export interface GitTransport {
  send(request: {
    readonly method: GitMethod;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs?: number;
  }): Promise<{ readonly status: number; readonly text: string }>;
}

/** The Git server's API as one identity sees it. Paths begin after /api/v1. */
export class GitApi {
  readonly #transport: GitTransport;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(transport: GitTransport, identity: GitIdentity) {
    this.#transport = transport;
    this.#headers = identity === 'anonymous' ? {} : { authorization: authorization(identity) };
  }

  /** Any answer, refusals included. */
  async request(
    method: GitMethod,
    path: string,
    body?: unknown,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<GitAnswer> {
    const answer = await this.#transport.send({
      method,
      path: `/api/v1${path}`,
      headers: {
        ...this.#headers,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...options,
    });
    return { status: answer.status, body: parsed(answer.text) };
  }

  /** What is there, or undefined when the server says 404. Raises E_GIT for any other refusal. */
  async find<T>(path: string): Promise<T | undefined> {
    const answer = await this.request('GET', path);
    if (answer.status === 404) return undefined;
    return accepted(answer, `read ${path}`) as T;
  }

  /** A list that the server hands out in pages. */
  async list<T>(path: string): Promise<readonly T[]> {
    const all: T[] = [];
    for (let page = 1; ; page += 1) {
      const separator = path.includes('?') ? '&' : '?';
      const answer = await this.request('GET', `${path}${separator}page=${page}&limit=50`);
      const items = accepted(answer, `list ${path}`) as readonly T[];
      all.push(...items);
      if (items.length < 50) return all;
    }
  }

  /** Raises E_GIT with the server's own words unless the answer is 2xx. `what` completes "could not ...". */
  async send<T>(
    method: GitMethod,
    path: string,
    body: unknown,
    what: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    return accepted(await this.request(method, path, body, options), what) as T;
  }
}

function authorization(identity: Exclude<GitIdentity, 'anonymous'>): string {
  if ('token' in identity) return `token ${identity.token}`;
  return `Basic ${Buffer.from(`${identity.login}:${identity.password}`).toString('base64')}`;
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function accepted(answer: GitAnswer, what: string): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const words = (answer.body as { message?: string } | undefined)?.message ?? 'no reason given';
  throw new PerimeterError('E_GIT', {
    message: `The Git server refused to ${what}: ${answer.status}, ${words}`,
    hint: 'Look at the pod gitea-0 in namespace git (kubectl -n git logs gitea-0), then run the same command again.',
    retryable: answer.status >= 500,
  });
}
