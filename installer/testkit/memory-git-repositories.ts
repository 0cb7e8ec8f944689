import { createHash } from 'node:crypto';
import { forAdministrator, type GitContext, type GitRoute, refusal } from './memory-git-context.ts';
import type { GitRepository } from './memory-git-state.ts';
import type { ServiceAnswer } from './memory-service.ts';

const one = String.raw`^/repos/[^/]+/([^/]+)`;
const at = (rest: string): RegExp => new RegExp(`${one}${rest}$`);

const routes: readonly GitRoute[] = [
  { method: 'POST', path: /^\/orgs\/[^/]+\/repos$/, answer: makeRepository },
  {
    method: 'GET',
    path: at(''),
    answer: inRepository((_context, { settings }) => ({ status: 200, body: settings })),
  },
  { method: 'PATCH', path: at(''), answer: inRepository(changeRepository) },
  {
    method: 'GET',
    path: at('/branches/main'),
    answer: inRepository((_context, { isMainNoted }) =>
      isMainNoted ? { status: 200, body: { name: 'main' } } : refusal(404, 'branch does not exist'),
    ),
  },
  { method: 'POST', path: at('/contents'), answer: inRepository(commit) },
  {
    method: 'GET',
    path: at('/contents/(.+)'),
    answer: inRepository((_context, { files, isMainNoted }, _name, path = '') => {
      const text = isMainNoted ? files?.[decodeURIComponent(path)] : undefined;
      if (text === undefined) return refusal(404, 'file does not exist');
      return { status: 200, body: { content: Buffer.from(text).toString('base64') } };
    }),
  },
  {
    method: 'GET',
    path: at('/branch_protections/([^/]+)'),
    answer: inRepository((_context, { rules }, _name, rule = '') =>
      rules[rule] === undefined ? refusal(404, 'no such rule') : { status: 200, body: rules[rule] },
    ),
  },
  { method: 'POST', path: at('/branch_protections'), answer: inRepository(makeRule) },
  { method: 'PATCH', path: at('/branch_protections/([^/]+)'), answer: inRepository(changeRule) },
];

/** Repositories of the organisation with their `main` and its rule. */
export const repositoryRoutes = routes.map(forAdministrator);

type InRepository = (
  context: GitContext,
  repository: GitRepository,
  name: string,
  rest?: string,
) => ServiceAnswer | Promise<ServiceAnswer>;

function inRepository(answer: InRepository): GitRoute['answer'] {
  return (context, name = '', rest) => {
    const repository = context.state.repositories[name];
    return repository === undefined
      ? refusal(404, 'repository does not exist')
      : answer(context, repository, name, rest);
  };
}

async function makeRepository({ state, body, change }: GitContext): Promise<ServiceAnswer> {
  const { name } = body as { name: string };
  if (state.repositories[name] !== undefined) return refusal(409, 'repository already exists');
  const repository = { settings: body, isMainNoted: false, rules: {} };
  await change(`make the repository ${name}`, () => void (state.repositories[name] = repository));
  return { status: 201, body };
}

async function changeRepository(
  { state, body, change }: GitContext,
  repository: GitRepository,
  name: string,
): Promise<ServiceAnswer> {
  const settings = { ...repository.settings, ...body };
  await change(
    `change the repository ${name}`,
    () => void (state.repositories[name] = { ...repository, settings }),
  );
  return { status: 200, body: settings };
}

interface FileChange {
  readonly operation: 'create' | 'update' | 'delete';
  readonly path: string;
  readonly content?: string;
  /** Git's name for the content that is to be changed. */
  readonly sha?: string;
}

/** Two effects, as in the real server: Git takes the commit, and then the server notes the branch. */
async function commit(context: GitContext, before: GitRepository, name: string): Promise<ServiceAnswer> {
  const { state, body, change } = context;
  const files: Record<string, string> = { ...before.files };
  for (const { operation, path, content = '', sha } of body['files'] as readonly FileChange[]) {
    const isThere = files[path] !== undefined;
    if (operation === 'create' && isThere)
      return refusal(422, `repository file already exists [path: ${path}]`);
    if (operation !== 'create' && !isThere) return refusal(404, `repository file does not exist`);
    if (operation !== 'create' && sha !== blobId(files[path] ?? ''))
      return refusal(422, `sha does not match [given: ${sha}]`);
    if (operation === 'delete') delete files[path];
    else files[path] = Buffer.from(content, 'base64').toString('utf8');
  }
  await change(`commit to ${name}`, () => void (state.repositories[name] = { ...before, files }));
  await change(
    `note main of ${name}`,
    () => void (state.repositories[name] = { ...before, files, isMainNoted: true }),
  );
  return { status: 201, body: {} };
}

function blobId(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

async function makeRule(
  { state, body, change }: GitContext,
  repository: GitRepository,
  name: string,
): Promise<ServiceAnswer> {
  const rule = String(body['rule_name']);
  if (repository.rules[rule] !== undefined) return refusal(403, 'branch protection already exists');
  await change(`protect ${rule} of ${name}`, () => {
    state.repositories[name] = { ...repository, rules: { ...repository.rules, [rule]: body } };
  });
  return { status: 201, body };
}

async function changeRule(
  { state, body, change }: GitContext,
  repository: GitRepository,
  name: string,
  rule = '',
): Promise<ServiceAnswer> {
  const known = repository.rules[rule];
  if (known === undefined) return refusal(404, 'no such rule');
  await change(`change the rule of ${rule} of ${name}`, () => {
    const rules = { ...repository.rules, [rule]: { ...known, ...body } };
    state.repositories[name] = { ...repository, rules };
  });
  return { status: 200, body: {} };
}
