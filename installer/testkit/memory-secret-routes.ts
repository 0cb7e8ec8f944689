import { type SecretState, submitShare } from './memory-secret-state.ts';
import type { Route, ServiceAnswer } from './memory-service.ts';

export interface SecretContext {
  readonly state: SecretState;
  readonly token: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  change<T>(what: string, effect: () => T): Promise<T>;
}

type SecretRoute = Route<SecretContext>;

const done: ServiceAnswer = { status: 204 };
const absent: ServiceAnswer = { status: 404, body: { errors: [] } };
const refused = (words: string): ServiceAnswer => ({ status: 400, body: { errors: [words] } });
const data = (value: unknown): ServiceAnswer => ({ status: 200, body: { data: value } });

/** What is answered without a token, also while it is sealed. */
export const openRoutes: readonly SecretRoute[] = [
  {
    method: 'GET',
    path: /^sys\/seal-status$/,
    answer: ({ state }) => ({
      status: 200,
      body: { initialized: state.shares.length > 0, sealed: state.sealed },
    }),
  },
  { method: 'GET', path: /^sys\/health$/, answer: health },
  { method: 'PUT', path: /^sys\/init$/, answer: initialise },
  {
    method: 'PUT',
    path: /^sys\/unseal$/,
    async answer({ state, body, change }) {
      if (state.shares.length === 0) return refused('it is not initialised');
      await change('take a share', () => submitShare(state, String(body['key'])));
      return { status: 200, body: { sealed: state.sealed } };
    },
  },
  { method: 'PUT', path: /^auth\/kubernetes\/login$/, answer: logIn },
];

async function initialise({ state, body, change }: SecretContext): Promise<ServiceAnswer> {
  if (state.shares.length > 0) return refused('it is already initialised');
  const shares = Array.from({ length: Number(body['secret_shares']) }, () =>
    Buffer.from(crypto.randomUUID()).toString('base64'),
  );
  const rootToken = `root.${crypto.randomUUID()}`;
  await change('make its keys', () => {
    state.shares = shares;
    state.threshold = Number(body['secret_threshold']);
    state.tokens[rootToken] = ['root'];
  });
  return { status: 200, body: { keys_base64: shares, root_token: rootToken } };
}

function health({ state }: SecretContext): ServiceAnswer {
  if (state.shares.length === 0) return { status: 501 };
  if (state.sealed) return { status: 503 };
  if (state.waking === 0) return { status: 200 };
  state.waking -= 1;
  return { status: 429 };
}

/** What nothing but its health is told of: sealed, or opened and not yet at work. */
export function notAtWork(state: SecretState): ServiceAnswer | undefined {
  if (state.sealed) return { status: 503, body: { errors: ['it is sealed'] } };
  return state.waking > 0 ? { status: 500, body: { errors: ['it is not active yet'] } } : undefined;
}

/** A login leaves nothing but a token that ends by itself: nothing that a cut could tear. */
function logIn({ state, body }: SecretContext): ServiceAnswer {
  const unable = notAtWork(state);
  if (unable !== undefined) return unable;
  const role = state.roles[String(body['role'])];
  if (role === undefined || state.configurations['kubernetes'] === undefined) return refused('no such role');
  const [account, namespace] = [
    role['bound_service_account_names'],
    role['bound_service_account_namespaces'],
  ] as [readonly string[], readonly string[]];
  if (body['jwt'] !== `token of ${namespace[0]}/${account[0]}`)
    return { status: 403, body: { errors: ['permission denied'] } };
  const token = `login.${crypto.randomUUID()}`;
  state.tokens[token] = role['token_policies'] as readonly string[];
  return { status: 200, body: { auth: { client_token: token } } };
}

/** What takes a token and an open secret manager. */
export const settingRoutes: readonly SecretRoute[] = [
  { method: 'GET', path: /^auth\/token\/lookup-self$/, answer: () => data({}) },
  {
    method: 'POST',
    path: /^auth\/token\/revoke-self$/,
    async answer({ state, token = '', change }) {
      await change('revoke a token', () => void delete state.tokens[token]);
      return done;
    },
  },
  {
    method: 'PUT',
    path: /^sys\/seal$/,
    async answer({ state, change }) {
      await change('seal itself', () => void (state.sealed = true));
      return done;
    },
  },
  ...namedOnce('audit', 'PUT', /^sys\/audit$/, /^sys\/audit\/(.+)$/, ({ audit }) => audit),
  ...namedOnce('mount', 'POST', /^sys\/mounts$/, /^sys\/mounts\/(.+)$/, ({ mounts }) => mounts),
  ...namedOnce('login', 'POST', /^sys\/auth$/, /^sys\/auth\/(.+)$/, ({ logins }) => logins),
  ...readAndWritten('login', 'POST', /^auth\/([^/]+)\/config$/, (state) => state.configurations),
  ...readAndWritten('role', 'POST', /^auth\/kubernetes\/role\/(.+)$/, (state) => state.roles),
  {
    method: 'GET',
    path: /^sys\/policies\/acl\/(.+)$/,
    answer: ({ state }, name = '') =>
      state.policies[name] === undefined ? absent : data({ name, policy: state.policies[name] }),
  },
  {
    method: 'PUT',
    path: /^sys\/policies\/acl\/(.+)$/,
    async answer({ state, body, change }, name = '') {
      await change(`write the policy ${name}`, () => void (state.policies[name] = String(body['policy'])));
      return done;
    },
  },
  {
    method: 'GET',
    path: /^([^/]+)\/(?:data|metadata)\/(.+)$/,
    answer: ({ state }, mount = '', name = '') =>
      state.kept[`${mount}/${name}`] === undefined ? absent : data({ data: state.kept[`${mount}/${name}`] }),
  },
  { method: 'POST', path: /^([^/]+)\/data\/(.+)$/, answer: keep(false) },
  { method: 'PATCH', path: /^([^/]+)\/data\/(.+)$/, answer: keep(true) },
];

/** Settings that are listed together, and that cannot be made twice. */
function namedOnce(
  what: string,
  method: string,
  list: RegExp,
  single: RegExp,
  of: (state: SecretState) => Record<string, Readonly<Record<string, unknown>>>,
): readonly SecretRoute[] {
  return [
    { method: 'GET', path: list, answer: ({ state }) => data(of(state)) },
    {
      method,
      path: single,
      async answer({ state, body, change }, name = '') {
        if (of(state)[`${name}/`] !== undefined) return refused(`path is already in use at ${name}/`);
        await change(`make the ${what} ${name}`, () => void (of(state)[`${name}/`] = body));
        return done;
      },
    },
  ];
}

function readAndWritten(
  what: string,
  method: string,
  path: RegExp,
  of: (state: SecretState) => Record<string, Readonly<Record<string, unknown>>>,
): readonly SecretRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer: ({ state }, name = '') => (of(state)[name] === undefined ? absent : data(of(state)[name])),
    },
    {
      method,
      path,
      async answer({ state, body, change }, name = '') {
        await change(`write the ${what} ${name}`, () => void (of(state)[name] = body));
        return done;
      },
    },
  ];
}

function keep(isPatch: boolean): SecretRoute['answer'] {
  return async ({ state, body, change }, mount = '', name = '') => {
    const path = `${mount}/${name}`;
    if (state.mounts[`${mount}/`] === undefined || (isPatch && state.kept[path] === undefined)) return absent;
    const values = { ...(isPatch ? state.kept[path] : {}), ...(body['data'] as Record<string, string>) };
    await change(`keep ${path}`, () => void (state.kept[path] = values));
    return { status: 200, body: {} };
  };
}
