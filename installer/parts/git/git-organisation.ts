import type { Site } from '../../site/site.ts';
import type { GitApi } from './git-api.ts';
import type { GitItem } from './git-item.ts';
import { organisation, type RepositoryName, repositoryNames, type Team, teams } from './git-names.ts';

interface TeamAnswer {
  readonly id: number;
  readonly name: string;
  readonly includes_all_repositories: boolean;
  readonly can_create_org_repo: boolean;
  readonly units_map: Readonly<Record<string, string>>;
}

/** The organisation with its repositories and teams, and who is in which team. */
export function organisationItems(site: Site): readonly GitItem[] {
  return [
    organisationItem,
    ...repositoryNames.map(repositoryItem),
    ...teams.flatMap((team) => [teamItem(team), membersItem(team, team.members(site))]),
  ];
}

const organisationItem: GitItem = {
  id: `organisation/${organisation}`,
  sentence: `make the organisation ${organisation}`,
  isThere: async (api) => (await api.find(`/orgs/${organisation}`)) !== undefined,
  async make(api) {
    const wanted = {
      username: organisation,
      full_name: 'Platform and applications of the site',
      visibility: 'private',
      repo_admin_change_team_access: false,
    };
    await api.send('POST', '/orgs', wanted, `make the organisation ${organisation}`);
  },
};

/** Merge commits only, so that each merge can be reverted as a whole. */
const repositorySettings = {
  private: true,
  default_branch: 'main',
  has_pull_requests: true,
  has_issues: true,
  has_wiki: false,
  has_projects: false,
  has_packages: false,
  has_actions: false,
  allow_merge_commits: true,
  allow_rebase: false,
  allow_rebase_explicit: false,
  allow_squash_merge: false,
  allow_fast_forward_only_merge: false,
  allow_manual_merge: false,
  default_merge_style: 'merge',
  default_allow_maintainer_edit: false,
};

function repositoryItem(name: RepositoryName): GitItem {
  const path = `/repos/${organisation}/${name}`;
  return {
    id: `repository/${name}`,
    sentence: `make the repository ${organisation}/${name}, with merge commits as the only way to merge`,
    async isThere(api) {
      const found = await api.find<Record<string, unknown>>(path);
      return (
        found !== undefined &&
        Object.entries(repositorySettings).every(([key, value]) => found[key] === value)
      );
    },
    async make(api) {
      if ((await api.find(path)) === undefined) {
        const wanted = { name, private: true, auto_init: false, default_branch: 'main' };
        await api.send('POST', `/orgs/${organisation}/repos`, wanted, `make the repository ${name}`);
      }
      await api.send('PATCH', path, repositorySettings, `set up the repository ${name}`);
    },
  };
}

function unitsOf(team: Team): Readonly<Record<string, string>> {
  return { 'repo.code': team.code, 'repo.pulls': 'read', 'repo.issues': 'read' };
}

function teamItem(team: Team): GitItem {
  return {
    id: `team/${team.name}`,
    sentence: `make the team ${team.name} (code: ${team.code}): ${team.description.toLowerCase()}`,
    async isThere(api) {
      const found = await findTeam(api, team.name);
      if (found === undefined || found.can_create_org_repo || !found.includes_all_repositories) return false;
      const units = Object.entries(found.units_map).filter(([, right]) => right !== 'none');
      const wanted = unitsOf(team);
      return (
        units.length === Object.keys(wanted).length && units.every(([unit, right]) => wanted[unit] === right)
      );
    },
    async make(api) {
      const wanted = {
        name: team.name,
        description: team.description,
        permission: 'read',
        units_map: unitsOf(team),
        includes_all_repositories: true,
        can_create_org_repo: false,
      };
      const found = await findTeam(api, team.name);
      if (found === undefined)
        await api.send('POST', `/orgs/${organisation}/teams`, wanted, `make the team ${team.name}`);
      else await api.send('PATCH', `/teams/${found.id}`, wanted, `set up the team ${team.name}`);
    },
  };
}

function membersItem(team: Team, logins: readonly string[]): GitItem {
  return {
    id: `members/${team.name}`,
    sentence: `put ${logins.length === 0 ? 'nobody' : logins.join(', ')} into the team ${team.name}`,
    async isThere(api) {
      const found = await membersOf(api, team.name);
      return (
        found !== undefined &&
        found.length === logins.length &&
        logins.every((login) => found.includes(login))
      );
    },
    async make(api) {
      const { id } = (await findTeam(api, team.name)) as TeamAnswer;
      for (const login of logins)
        await api.send('PUT', `/teams/${id}/members/${login}`, undefined, `put ${login} into ${team.name}`);
      for (const login of (await membersOf(api, team.name)) ?? []) {
        if (logins.includes(login)) continue;
        await api.send(
          'DELETE',
          `/teams/${id}/members/${login}`,
          undefined,
          `take ${login} out of ${team.name}`,
        );
      }
    },
  };
}

async function findTeam(api: GitApi, name: string): Promise<TeamAnswer | undefined> {
  if ((await api.find(`/orgs/${organisation}`)) === undefined) return undefined;
  const all = await api.list<TeamAnswer>(`/orgs/${organisation}/teams`);
  return all.find((team) => team.name === name);
}

async function membersOf(api: GitApi, name: string): Promise<readonly string[] | undefined> {
  const team = await findTeam(api, name);
  if (team === undefined) return undefined;
  return (await api.list<{ login: string }>(`/teams/${team.id}/members`)).map((member) => member.login);
}
