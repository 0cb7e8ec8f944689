/** A request as an API's client sends it: the whole path with query, and the body as text. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

/** A request as a service in memory gets it: `path` begins after the API's own prefix and has no query. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** One line of a service's table: what answers a method at a path; the groups of the path come after the context. */
export interface Route<Context> {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (context: Context, ...groups: string[]) => ServiceAnswer | Promise<ServiceAnswer>;
}

/** What the first fitting line answers; 404 when none fits, as the real services do for paths that they do not know. */
export async function answerOf<Context>(
  routes: readonly Route<Context>[],
  { method, path }: Pick<ServiceRequest, 'method' | 'path'>,
  context: Context,
): Promise<ServiceAnswer> {
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(path) : null;
    if (found !== null) return await route.answer(context, ...found.slice(1));
  }
  return { status: 404, body: { message: `no such path: ${path}`, errors: [] } };
}

/** A request as it travels, in the form in which the tables want it. */
export function requestOf(prefix: string, sent: SentRequest): ServiceRequest {
  const [path = ''] = sent.path.slice(prefix.length).split('?');
  const body = typeof sent.body === 'string' ? (JSON.parse(sent.body) as ServiceRequest['body']) : {};
  return { method: sent.method, path, headers: sent.headers ?? {}, body };
}

export function textOf({ body }: ServiceAnswer): string {
  return body === undefined ? '' : JSON.stringify(body);
}
