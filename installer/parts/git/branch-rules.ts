import type { GitApi } from './git-api.ts';
import { approversTeam, organisation, type RepositoryName, requiredContext } from './git-names.ts';

/**
 * The rule of `main`: pull requests only, two approvals by approvers given to the newest commit, CI green, nobody above it.
 * Only approvers merge: the bot that posts statuses may write code too, and must not merge.
 */
const mainRule = {
  enable_push: false,
  enable_push_whitelist: false,
  push_whitelist_usernames: [],
  push_whitelist_teams: [],
  push_whitelist_deploy_keys: false,
  enable_force_push: false,
  enable_force_push_allowlist: false,
  enable_merge_whitelist: true,
  merge_whitelist_usernames: [],
  merge_whitelist_teams: [approversTeam],
  enable_status_check: true,
  status_check_contexts: [requiredContext],
  required_approvals: 2,
  enable_approvals_whitelist: true,
  approvals_whitelist_username: [],
  approvals_whitelist_teams: [approversTeam],
  block_on_rejected_reviews: true,
  block_on_official_review_requests: false,
  block_on_outdated_branch: false,
  dismiss_stale_approvals: true,
  ignore_stale_approvals: true,
  protected_file_patterns: '',
  unprotected_file_patterns: '',
  block_admin_merge_override: true,
} as const;

const path = (repository: RepositoryName): string =>
  `/repos/${organisation}/${repository}/branch_protections`;

/** What of the rule is not as declared, as "field found -> wanted"; undefined when there is no rule at all. */
export async function ruleDifferences(
  api: GitApi,
  repository: RepositoryName,
): Promise<readonly string[] | undefined> {
  const found = await api.find<Record<string, unknown>>(`${path(repository)}/main`);
  if (found === undefined) return undefined;
  return Object.entries(mainRule)
    .map(([field, wanted]) => ({ field, wanted: text(wanted), found: text(found[field]) }))
    .filter((entry) => entry.wanted !== entry.found)
    .map((entry) => `${entry.field} ${entry.found} -> ${entry.wanted}`);
}

/** Older servers drop fields they do not know without a word: what was written is read back by the next look. */
export async function writeRule(api: GitApi, repository: RepositoryName): Promise<void> {
  const what = `protect main of ${repository}`;
  if ((await ruleDifferences(api, repository)) === undefined)
    await api.send('POST', path(repository), { rule_name: 'main', ...mainRule }, what);
  else await api.send('PATCH', `${path(repository)}/main`, mainRule, what);
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '[]';
  return JSON.stringify(Array.isArray(value) ? (value as unknown[]).toSorted() : value);
}
