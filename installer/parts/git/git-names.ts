import type { Site } from '../../site/site.ts';

export const organisation = 'platform';
/** Site administrator of the Git server; only the installer uses it. */
export const administrator = 'perimeter';

export type RepositoryName = 'platform' | 'apps';
export const repositoryNames: readonly RepositoryName[] = ['platform', 'apps'];

export const approversTeam = 'approvers';
/** The context that branch protection requires and that CI posts. */
export const requiredContext = 'perimeter/ci';

/** Name of the credential that holds the password of a person, bot or the administrator. */
export function passwordCredential(login: string): string {
  return `git.password.${login}`;
}

/** Name of the credential that holds a bot's access token. */
export function tokenCredential(bot: string): string {
  return `git.token.${bot}`;
}

export interface Bot {
  readonly login: string;
  readonly fullName: string;
  readonly team: string;
  /** What its token may do at most; its team bounds it further. */
  readonly scopes: readonly string[];
}

export const bots: readonly Bot[] = [
  { login: 'flux', fullName: 'GitOps controller', team: 'readers', scopes: ['read:repository'] },
  { login: 'ci-clone', fullName: 'CI: fetches', team: 'readers', scopes: ['read:repository'] },
  {
    login: 'ci-status',
    fullName: 'CI: posts results',
    team: 'ci',
    scopes: ['write:repository', 'write:issue'],
  },
];

export interface Team {
  readonly name: string;
  readonly description: string;
  readonly code: 'read' | 'write';
  readonly members: (site: Site) => readonly string[];
}

const people = (site: Site, role: 'developer' | 'approver'): readonly string[] =>
  site.people.filter((person) => person.role === role).map((person) => person.login);
const botsOf = (team: string) => (): readonly string[] =>
  bots.filter((bot) => bot.team === team).map((bot) => bot.login);

/**
 * Developers only read, and work from forks: whoever may write code may also post a commit status, and a posted status is what the
 * required check is made of. Approvers need to write because the server lets nobody merge without; so does the bot that posts.
 */
export const teams: readonly Team[] = [
  {
    name: 'developers',
    description: 'Propose changes from their forks',
    code: 'read',
    members: (site) => people(site, 'developer'),
  },
  {
    name: approversTeam,
    description: 'Approve and merge',
    code: 'write',
    members: (site) => people(site, 'approver'),
  },
  { name: 'readers', description: 'Bots that only read', code: 'read', members: botsOf('readers') },
  { name: 'ci', description: 'The bot that posts results', code: 'write', members: botsOf('ci') },
];
