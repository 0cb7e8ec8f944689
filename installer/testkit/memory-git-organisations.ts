import { forAdministrator, type GitContext, type GitRoute, refusal } from './memory-git-context.ts';
import type { GitTeam } from './memory-git-state.ts';
import type { ServiceAnswer } from './memory-service.ts';

const routes: readonly GitRoute[] = [
  {
    method: 'GET',
    path: /^\/orgs\/([^/]+)$/,
    answer: ({ state }, name = '') =>
      state.organisations[name] === undefined
        ? refusal(404, 'organisation does not exist')
        : { status: 200, body: { username: name, ...state.organisations[name] } },
  },
  { method: 'POST', path: /^\/orgs$/, answer: makeOrganisation },
  {
    method: 'GET',
    path: /^\/orgs\/[^/]+\/teams$/,
    answer: ({ state }) => ({ status: 200, body: Object.values(state.teams).map(shown) }),
  },
  { method: 'POST', path: /^\/orgs\/[^/]+\/teams$/, answer: makeTeam },
  { method: 'PATCH', path: /^\/teams\/(\d+)$/, answer: changeTeam },
  {
    method: 'GET',
    path: /^\/teams\/(\d+)\/members$/,
    answer: ({ state }, id) => ({
      status: 200,
      body: (teamOf(state.teams, id)?.members ?? []).map((login) => ({ login })),
    }),
  },
  { method: 'PUT', path: /^\/teams\/(\d+)\/members\/([^/]+)$/, answer: changeMember(true) },
  { method: 'DELETE', path: /^\/teams\/(\d+)\/members\/([^/]+)$/, answer: changeMember(false) },
  {
    method: 'GET',
    path: /^\/orgs\/[^/]+\/hooks$/,
    answer: ({ state }) => ({ status: 200, body: Object.values(state.hooks) }),
  },
  { method: 'POST', path: /^\/orgs\/[^/]+\/hooks$/, answer: makeHook },
  { method: 'DELETE', path: /^\/orgs\/[^/]+\/hooks\/(\d+)$/, answer: removeHook },
];

/** The organisation, its teams and its web hooks. */
export const organisationRoutes = routes.map(forAdministrator);

async function makeOrganisation({ state, body, change }: GitContext): Promise<ServiceAnswer> {
  const { username, ...settings } = body as { username: string };
  if (state.organisations[username] !== undefined) return refusal(422, 'user already exists');
  await change(`make the organisation ${username}`, () => void (state.organisations[username] = settings));
  return { status: 201, body: { username } };
}

function teamOf(teams: GitContext['state']['teams'], id = ''): GitTeam | undefined {
  return Object.values(teams).find((team) => String(team.id) === id);
}

function shown({ id, settings }: GitTeam): object {
  return { id, ...settings };
}

async function makeTeam({ state, body, change }: GitContext): Promise<ServiceAnswer> {
  const { name } = body as { name: string };
  if (state.teams[name] !== undefined) return refusal(422, 'team already exists');
  const team = { id: state.nextId++, settings: body, members: [] };
  await change(`make the team ${name}`, () => void (state.teams[name] = team));
  return { status: 201, body: shown(team) };
}

async function changeTeam({ state, body, change }: GitContext, id?: string): Promise<ServiceAnswer> {
  const team = teamOf(state.teams, id);
  if (team === undefined) return refusal(404, 'team does not exist');
  const name = String(team.settings['name']);
  await change(`change the team ${name}`, () => {
    state.teams[name] = { ...team, settings: { ...team.settings, ...body } };
  });
  return { status: 200, body: shown(team) };
}

function changeMember(isIn: boolean): GitRoute['answer'] {
  return async ({ state, change }, id, login = '') => {
    const team = teamOf(state.teams, id);
    if (team === undefined || state.users[login] === undefined) return refusal(404, 'not found');
    const name = String(team.settings['name']);
    const others = team.members.filter((member) => member !== login);
    await change(`${isIn ? 'put' : 'take'} ${login} ${isIn ? 'into' : 'out of'} ${name}`, () => {
      state.teams[name] = { ...team, members: isIn ? [...others, login] : others };
    });
    return { status: 204 };
  };
}

/** The server has other names for the events when it is asked for the hook than when it was told. */
const eventsAsRead: Readonly<Record<string, string>> = { pull_request_only: 'pull_request' };

async function makeHook({ state, body, change }: GitContext): Promise<ServiceAnswer> {
  const { events, config, ...rest } = body as { events: readonly string[]; config: object };
  const { secret: _never, ...shownConfig } = config as { secret?: string };
  const id = state.nextId++;
  const hook = {
    ...rest,
    id,
    events: events.map((event) => eventsAsRead[event] ?? event),
    config: shownConfig,
  };
  await change('make a web hook', () => void (state.hooks[id] = hook));
  return { status: 201, body: hook };
}

async function removeHook({ state, change }: GitContext, id = ''): Promise<ServiceAnswer> {
  if (state.hooks[id] === undefined) return refusal(404, 'hook does not exist');
  await change('remove a web hook', () => void delete state.hooks[id]);
  return { status: 204 };
}
