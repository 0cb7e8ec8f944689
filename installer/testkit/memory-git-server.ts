import { PerimeterError } from '../base/errors.ts';
import { ChangeLine } from './change-line.ts';
import { type GitContext, type GitRoute, refusal } from './memory-git-context.ts';
import { organisationRoutes } from './memory-git-organisations.ts';
import { repositoryRoutes } from './memory-git-repositories.ts';
import { emptyGit, type GitState, type GitUser } from './memory-git-state.ts';
import { userRoutes } from './memory-git-users.ts';
import { answerOf, requestOf, type SentRequest, type ServiceRequest, textOf } from './memory-service.ts';

const routes: readonly GitRoute[] = [...userRoutes, ...organisationRoutes, ...repositoryRoutes];

/** A Git server in memory, as far as the installer talks to it: it keeps state, says no as the real one does, and can be cut off. */
export class MemoryGitServer {
  readonly state: GitState;
  readonly #line: ChangeLine;

  constructor(line = new ChangeLine(), state: GitState = emptyGit()) {
    this.#line = line;
    this.state = structuredClone(state);
  }

  /** Takes a request as the API's client sends it. */
  async send(sent: SentRequest): Promise<{ status: number; text: string }> {
    const request = requestOf('/api/v1', sent);
    const caller = this.#callerOf(request);
    if (caller === undefined) return { status: 403, text: textOf(refusal(403, 'only signed in users')) };
    if (caller === 'refused') return { status: 401, text: textOf(refusal(401, 'invalid credentials')) };
    const context: GitContext = {
      state: this.state,
      caller,
      body: request.body,
      change: (what, effect) => this.#line.remote(`git: ${what}`, noAnswer, effect),
    };
    const answer = await answerOf(routes, request, context);
    return { status: answer.status, text: textOf(answer) };
  }

  /** The server's own command line, with which its first administrator is made. */
  async command(argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const words = argv.slice(argv.indexOf('admin'));
    const login = words[words.indexOf('--username') + 1] ?? '';
    const user = this.state.users[login];
    if (words[2] === 'create') {
      if (user !== undefined) return { exitCode: 1, stdout: '', stderr: 'user already exists' };
      const password = crypto.randomUUID();
      this.state.users[login] = { login, password, isAdmin: true, settings: {}, tokens: [] };
      return { exitCode: 0, stdout: 'made\n', stderr: '' };
    }
    if (user === undefined) return { exitCode: 1, stdout: '', stderr: 'user does not exist' };
    const sha1 = crypto.randomUUID().replaceAll('-', '').padEnd(40, '0');
    const name = words[words.indexOf('--token-name') + 1] ?? '';
    this.state.users[login] = { ...user, tokens: [...user.tokens, { id: this.state.nextId++, name, sha1 }] };
    return { exitCode: 0, stdout: `${sha1}\n`, stderr: '' };
  }

  #callerOf({ headers }: ServiceRequest): GitUser | undefined | 'refused' {
    const [scheme, value = ''] = headers['authorization']?.split(' ') ?? [];
    if (scheme === undefined) return undefined;
    const users = Object.values(this.state.users);
    if (scheme === 'token')
      return users.find(({ tokens }) => tokens.some(({ sha1 }) => sha1 === value)) ?? 'refused';
    const [login, password] = Buffer.from(value, 'base64').toString('utf8').split(':');
    return users.find((user) => user.login === login && user.password === password) ?? 'refused';
  }
}

function noAnswer(words: string): PerimeterError {
  return new PerimeterError('E_GIT', {
    message: `The Git server in memory gave no answer (${words}).`,
    hint: 'This server was told to behave so.',
    retryable: true,
  });
}
