import { setTimeout as delay } from 'node:timers/promises';
import type { CheckContext } from './check.ts';

/** What the Git server answered; a refusal is an answer, not an error. */
export interface GitAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The Git server's API as one person sees it. `path` begins after /api/v1. */
export interface GitPerson {
  readonly login: string;
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<GitAnswer>;
}

export const appsRepository = 'platform/apps';
const ciContext = 'perimeter/ci';

/** A person's wish to change the applications: files to write (undefined removes one), in a branch of the person's own fork. */
export interface WantedChange {
  readonly title: string;
  readonly branch: string;
  readonly files: Readonly<Record<string, string | undefined>>;
}

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
}

/** The answer's body, or an error that shows the server's words when the status is another one. */
export function expectStatus(
  answer: GitAnswer,
  what: string,
  ...wanted: readonly number[]
): Record<string, unknown> {
  if (!wanted.includes(answer.status)) {
    const words = (answer.body as { message?: string } | undefined)?.message ?? JSON.stringify(answer.body);
    throw new Error(`${what}: the Git server answered ${answer.status}: ${words}`);
  }
  return answer.body as Record<string, unknown>;
}

export async function readMain(
  person: GitPerson,
  path: string,
): Promise<{ text: string; sha: string } | undefined> {
  const answer = await person.request('GET', `/repos/${appsRepository}/contents/${path}?ref=main`);
  if (answer.status === 404) return undefined;
  const file = expectStatus(answer, `read ${path}`, 200) as { content: string; sha: string };
  return { text: Buffer.from(file.content, 'base64').toString('utf8'), sha: file.sha };
}

export async function mainSha(person: GitPerson): Promise<string> {
  const branch = expectStatus(
    await person.request('GET', `/repos/${appsRepository}/branches/main`),
    'read main',
    200,
  );
  return (branch['commit'] as { id: string }).id;
}

/** Brings the person's fork up to date, commits the files to a new branch of it, and opens a pull request. */
export async function proposeChange(
  context: CheckContext,
  person: GitPerson,
  change: WantedChange,
): Promise<PullRequest> {
  const fork = await freshFork(person);
  const files = [];
  for (const [path, text] of Object.entries(change.files)) {
    const known = await readMain(person, path);
    if (text === undefined) files.push({ operation: 'delete', path, sha: known?.sha });
    else
      files.push({
        operation: known === undefined ? 'create' : 'update',
        path,
        sha: known?.sha,
        content: Buffer.from(text).toString('base64'),
      });
  }
  const commit = { branch: 'main', new_branch: change.branch, message: change.title, files };
  context.restore(`delete branch ${change.branch} of ${fork}`, async () => {
    await person.request('DELETE', `/repos/${fork}/branches/${encodeURIComponent(change.branch)}`);
  });
  expectStatus(
    await person.request('POST', `/repos/${fork}/contents`, commit),
    `commit "${change.title}"`,
    201,
  );
  return openPullRequest(context, person, change);
}

async function openPullRequest(
  context: CheckContext,
  person: GitPerson,
  change: WantedChange,
): Promise<PullRequest> {
  const request = { base: 'main', head: `${person.login}:${change.branch}`, title: change.title };
  const answer = await person.request('POST', `/repos/${appsRepository}/pulls`, request);
  const pull = expectStatus(answer, `open "${change.title}"`, 201) as {
    number: number;
    head: { sha: string };
  };
  context.restore(`close pull request ${pull.number} if it is open`, async () => {
    await person.request('PATCH', `/repos/${appsRepository}/pulls/${pull.number}`, { state: 'closed' });
  });
  return { number: pull.number, headSha: pull.head.sha };
}

/** The person's fork, with the same main as the repository. One that has no main (made of an empty repository) is made again. */
async function freshFork(person: GitPerson): Promise<string> {
  const name = `${person.login}/${appsRepository.split('/')[1]}`;
  const updated = await person.request('POST', `/repos/${name}/merge-upstream`, { branch: 'main' });
  if (updated.status === 200) return name;
  await person.request('DELETE', `/repos/${name}`);
  expectStatus(
    await person.request('POST', `/repos/${appsRepository}/forks`, {}),
    `fork ${appsRepository}`,
    202,
  );
  // The server copies the branches after it has answered.
  for (let attempt = 1; attempt <= 40; attempt += 1) {
    if ((await person.request('GET', `/repos/${name}/branches/main`)).status === 200) return name;
    await delay(250);
  }
  throw new Error(`the fork ${name} has no branch main 10 s after it was made`);
}

/** The state of the required check on a commit: `success`, `failure`, `pending`, or undefined while nobody posted one. */
export async function ciState(person: GitPerson, sha: string): Promise<string | undefined> {
  const answer = await person.request(
    'GET',
    `/repos/${appsRepository}/commits/${sha}/statuses?sort=recentupdate`,
  );
  const statuses = expectStatus(answer, 'read statuses', 200) as unknown as readonly {
    context: string;
    status: string;
  }[];
  return statuses.find((status) => status.context === ciContext)?.status;
}

export async function approve(person: GitPerson, pull: PullRequest): Promise<GitAnswer> {
  return person.request('POST', `/repos/${appsRepository}/pulls/${pull.number}/reviews`, {
    event: 'APPROVED',
    body: 'read and approved',
    commit_id: pull.headSha,
  });
}

/** Tries to merge. While the server still works out whether the branches fit it says "try again later"; that is no refusal. */
export async function merge(
  person: GitPerson,
  pull: PullRequest,
  options: { readonly force?: boolean } = {},
): Promise<GitAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const body = { Do: 'merge', ...(options.force === true ? { force_merge: true } : {}) };
    const answer = await person.request('POST', `/repos/${appsRepository}/pulls/${pull.number}/merge`, body);
    const words = (answer.body as { message?: string } | undefined)?.message ?? '';
    if (answer.status !== 405 || !/try again later/i.test(words) || attempt === 20) return answer;
    await delay(500);
  }
}
