import { randomBytes } from 'node:crypto';
import { PerimeterError } from '../../base/errors.ts';
import { registerSecret } from '../../base/redact.ts';
import type { CredentialStore } from '../../site/credentials.ts';
import { ensurePassword } from './git-accounts.ts';
import type { GitApi } from './git-api.ts';
import type { GitAs } from './git-item.ts';
import { administrator } from './git-names.ts';

/** Runs the server's own command line where the server runs. */
export type GitCommand = (
  argv: readonly string[],
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

/** The server prints warnings on the same stream as the token. */
const tokenLine = /^[a-f0-9]{40}$/m;

/**
 * Makes the administrator and gives it the stored password. No secret is ever an argument: the account is made with a random password
 * that nobody keeps, a token printed by the server opens the API once, and the API sets the password. Safe to do again at any point.
 */
export async function createAdministrator(
  command: GitCommand,
  as: GitAs,
  credentials: CredentialStore,
  email: string,
): Promise<void> {
  const password = await ensurePassword(credentials, administrator);
  const account = ['--username', administrator, '--email', email, '--random-password', '--admin'];
  const made = await command(['admin', 'user', 'create', ...account, '--must-change-password=false']);
  const there = /user already exists/i.test(made.stdout + made.stderr);
  if (made.exitCode !== 0 && !there) throw refused('make its administrator', made.stderr);

  const name = `setup-${randomBytes(4).toString('hex')}`;
  const tokenArguments = ['--username', administrator, '--token-name', name, '--scopes', 'all', '--raw'];
  const printed = await command(['admin', 'user', 'generate-access-token', ...tokenArguments]);
  const token = tokenLine.exec(printed.stdout)?.[0];
  if (token === undefined) throw refused('make a token for its administrator', printed.stderr);
  registerSecret(token);

  const change = { source_id: 0, login_name: administrator, password, must_change_password: false };
  await as({ token }).send(
    'PATCH',
    `/admin/users/${administrator}`,
    change,
    'set its administrator’s password',
  );
  await removeSetupTokens(as({ login: administrator, password }));
}

interface SetupToken {
  readonly id: number;
  readonly name: string;
}

const tokensPath = `/users/${administrator}/tokens`;

/** Tokens that opened the API for a set-up, of this and of interrupted runs. `api` is the administrator's, by password. */
export async function findSetupTokens(api: GitApi): Promise<readonly SetupToken[]> {
  return (await api.list<SetupToken>(tokensPath)).filter(({ name }) => name.startsWith('setup-'));
}

export async function removeSetupTokens(api: GitApi): Promise<void> {
  for (const { id } of await findSetupTokens(api))
    await api.send('DELETE', `${tokensPath}/${id}`, undefined, 'remove a token of the setup');
}

function refused(what: string, stderr: string): PerimeterError {
  return new PerimeterError('E_GIT', {
    message: `The Git server could not ${what}: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    hint: 'Look at the pod gitea-0 in namespace git (kubectl -n git logs gitea-0), then run the same command again.',
    retryable: true,
  });
}
