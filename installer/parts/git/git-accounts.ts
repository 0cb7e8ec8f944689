import type { CredentialStore } from '../../site/credentials.ts';
import { randomPassword } from '../../site/passwords.ts';
import type { Site } from '../../site/site.ts';
import type { GitApi } from './git-api.ts';
import type { GitItem } from './git-item.ts';
import { type Bot, bots, passwordCredential, tokenCredential } from './git-names.ts';

interface Account {
  readonly login: string;
  readonly fullName: string;
  readonly kind: 'person' | 'bot';
}

/** People of the site and the bots. A password is set once, when the account is made; after that it is its owner's. */
export function accountItems(site: Site): readonly GitItem[] {
  const accounts: readonly Account[] = [
    ...site.people.map((person) => ({
      login: person.login,
      fullName: person.fullName,
      kind: 'person' as const,
    })),
    ...bots.map((bot) => ({ login: bot.login, fullName: bot.fullName, kind: 'bot' as const })),
  ];
  return [...accounts.map((account) => accountItem(site, account)), ...bots.map(tokenItem)];
}

function accountItem(site: Site, { login, fullName, kind }: Account): GitItem {
  return {
    id: `account/${login}`,
    sentence: `make the Git account ${login} (${fullName})`,
    isThere: async (api) => (await api.find(`/users/${login}`)) !== undefined,
    async make(api, _as, credentials) {
      const account = {
        username: login,
        full_name: fullName,
        email: `${login}@${site.domain}`,
        password: await ensurePassword(credentials, login),
        must_change_password: false,
        // A bot sees what its team shows it, and nothing that is open to every account.
        restricted: kind === 'bot',
        visibility: 'limited',
      };
      await api.send('POST', '/admin/users', account, `make the account ${login}`);
    },
  };
}

/** The server takes these limits only for an account that is there, and never tells them. */
async function limitBot(api: GitApi, login: string): Promise<void> {
  const limits = { source_id: 0, login_name: login, max_repo_creation: 0, allow_create_organization: false };
  await api.send('PATCH', `/admin/users/${login}`, limits, `limit the account ${login}`);
}

/** The token under which a bot works. A stored one that the server no longer accepts is replaced. */
function tokenItem(bot: Bot): GitItem {
  const name = 'perimeter';
  return {
    id: `token/${bot.login}`,
    sentence: `make the access token of ${bot.login} (${bot.scopes.join(', ')})`,
    async isThere(_api, as, credentials) {
      const token = credentials.get(tokenCredential(bot.login));
      return token !== undefined && (await as({ token }).request('GET', '/version')).status === 200;
    },
    async make(api, as, credentials) {
      // Here and not with the account: who has a token was limited before, wherever an earlier run was cut off.
      await limitBot(api, bot.login);
      const password = await ensurePassword(credentials, bot.login);
      const self = as({ login: bot.login, password });
      if ((await self.request('GET', '/user')).status === 401) {
        // The account was made by another run whose password is lost: give it this one.
        const change = { source_id: 0, login_name: bot.login, password, must_change_password: false };
        await api.send('PATCH', `/admin/users/${bot.login}`, change, `set the password of ${bot.login}`);
      }
      await self.request('DELETE', `/users/${bot.login}/tokens/${name}`);
      const made = await self.send<{ sha1: string }>(
        'POST',
        `/users/${bot.login}/tokens`,
        { name, scopes: bot.scopes },
        `make a token for ${bot.login}`,
      );
      await credentials.set(tokenCredential(bot.login), made.sha1);
    },
  };
}

export async function ensurePassword(credentials: CredentialStore, login: string): Promise<string> {
  return credentials.ensure(passwordCredential(login), randomPassword);
}
