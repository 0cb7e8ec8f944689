import { forAdministrator, type GitContext, type GitRoute, refusal } from './memory-git-context.ts';
import type { GitUser } from './memory-git-state.ts';
import type { ServiceAnswer } from './memory-service.ts';

/** Accounts and their access tokens. */
export const userRoutes: readonly GitRoute[] = [
  { method: 'GET', path: /^\/version$/, answer: () => ({ status: 200, body: { version: 'memory' } }) },
  {
    method: 'GET',
    path: /^\/user$/,
    answer: ({ caller }) => shown(caller),
  },
  {
    method: 'GET',
    path: /^\/users\/([^/]+)$/,
    answer: ({ state }, login = '') => shown(state.users[login]),
  },
  forAdministrator({ method: 'POST', path: /^\/admin\/users$/, answer: makeUser }),
  forAdministrator({ method: 'PATCH', path: /^\/admin\/users\/([^/]+)$/, answer: changeUser }),
  { method: 'GET', path: /^\/users\/([^/]+)\/tokens$/, answer: listTokens },
  { method: 'POST', path: /^\/users\/([^/]+)\/tokens$/, answer: makeToken },
  { method: 'DELETE', path: /^\/users\/([^/]+)\/tokens\/([^/]+)$/, answer: removeToken },
];

function shown(user: GitUser | undefined): ServiceAnswer {
  if (user === undefined) return refusal(404, 'user does not exist');
  return { status: 200, body: { login: user.login, is_admin: user.isAdmin } };
}

async function makeUser({ state, body, change }: GitContext): Promise<ServiceAnswer> {
  const { username, password, ...settings } = body as { username: string; password: string };
  if (state.users[username] !== undefined) return refusal(422, `user already exists [name: ${username}]`);
  const user = { login: username, password, isAdmin: false, settings, tokens: [] };
  await change(`make the user ${username}`, () => void (state.users[username] = user));
  return { status: 201, body: { login: username } };
}

async function changeUser({ state, body, change }: GitContext, login = ''): Promise<ServiceAnswer> {
  const user = state.users[login];
  if (user === undefined) return refusal(404, 'user does not exist');
  const { password = user.password, ...settings } = body as { password?: string };
  await change(`change the user ${login}`, () => {
    state.users[login] = { ...user, password, settings: { ...user.settings, ...settings } };
  });
  return { status: 200, body: { login } };
}

function ownTokens({ state, caller }: GitContext, login: string): GitUser | ServiceAnswer {
  if (caller.login !== login && !caller.isAdmin) return refusal(403, 'not your own');
  return state.users[login] ?? refusal(404, 'user does not exist');
}

function listTokens(context: GitContext, login = ''): ServiceAnswer {
  const user = ownTokens(context, login);
  if ('status' in user) return user;
  return { status: 200, body: user.tokens.map(({ id, name }) => ({ id, name })) };
}

async function makeToken(context: GitContext, login = ''): Promise<ServiceAnswer> {
  const user = ownTokens(context, login);
  if ('status' in user) return user;
  const { name } = context.body as { name: string };
  if (user.tokens.some((token) => token.name === name))
    return refusal(400, 'access token name has been used already');
  const token = {
    id: context.state.nextId++,
    name,
    sha1: crypto.randomUUID().replaceAll('-', '').padEnd(40, '0'),
  };
  await context.change(`make the token ${name} of ${login}`, () => {
    context.state.users[login] = { ...user, tokens: [...user.tokens, token] };
  });
  return { status: 201, body: token };
}

async function removeToken(context: GitContext, login = '', which = ''): Promise<ServiceAnswer> {
  const user = ownTokens(context, login);
  if ('status' in user) return user;
  const found = user.tokens.find(({ id, name }) => String(id) === which || name === which);
  if (found === undefined) return refusal(404, 'access token does not exist');
  await context.change(`remove the token ${found.name.replace(/-.*/, '')} of ${login}`, () => {
    const tokens = user.tokens.filter((token) => token !== found);
    context.state.users[login] = { ...user, tokens };
  });
  return { status: 204 };
}
