import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitItems } from '../../../../installer/parts/git/accounts-step.ts';
import { ruleDifferences, writeRule } from '../../../../installer/parts/git/branch-rules.ts';
import type { GitAnswer, GitApi } from '../../../../installer/parts/git/git-api.ts';
import { tokenCredential } from '../../../../installer/parts/git/git-names.ts';
import { hasMain, readFile, writeFirstCommit } from '../../../../installer/parts/git/repository-files.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { giteaProgram, type RealGitea, startGitea, withAdministrator } from '../real-gitea.ts';

const site = sampleSite();
const context = 'perimeter/ci';

describe.skipIf(giteaProgram === undefined)('people and rules on the real Git server', () => {
  let gitea: RealGitea;
  let admin: GitApi;

  beforeAll(async () => {
    gitea = await startGitea(giteaProgram ?? '');
    admin = await withAdministrator(gitea);
  }, 60_000);

  afterAll(async () => gitea?.service.remove());

  it('the administrator can be made again, and no token of the setup stays', async () => {
    await withAdministrator(gitea);
    expect((await admin.request('GET', '/user')).body).toMatchObject({ login: 'perimeter', is_admin: true });
    expect(await admin.list('/users/perimeter/tokens')).toEqual([]);
  });

  it('every item is missing at first, there once made, and can be made again', async () => {
    const { as, service } = gitea;
    const items = gitItems(site);
    expect(items.length).toBeGreaterThan(15);
    for (const pass of ['first', 'again']) {
      for (const item of items) {
        const there = await item.isThere(admin, as, service.credentials);
        expect([pass, item.id, there]).toEqual([pass, item.id, pass === 'again']);
        await item.make(admin, as, service.credentials).catch((error: unknown) => {
          // Making an account twice is the server's to refuse; the installer looks first.
          if (!item.id.startsWith('account/') && item.id !== 'organisation/platform') throw error;
        });
        expect([item.id, await item.isThere(admin, as, service.credentials)]).toEqual([item.id, true]);
      }
    }
  }, 60_000);

  it('somebody who does not belong into a team is noticed and taken out', async () => {
    const { as, service } = gitea;
    const members = gitItems(site).find((item) => item.id === 'members/approvers');
    const teams = await admin.list<{ id: number; name: string }>('/orgs/platform/teams');
    const { id } = teams.find((team) => team.name === 'approvers') as { id: number };
    await admin.send('PUT', `/teams/${id}/members/dana`, undefined, 'add');
    expect(await members?.isThere(admin, as, service.credentials)).toBe(false);
    await members?.make(admin, as, service.credentials);
    const found = await admin.list<{ login: string }>(`/teams/${id}/members`);
    expect(found.map((member) => member.login).toSorted()).toEqual(['ada', 'ben']);
  });

  it('the first commit holds every file, in one commit', async () => {
    expect(await hasMain(admin, 'apps')).toBe(false);
    const files = new Map([
      ['README.md', 'one\n'],
      ['environments/dev/kustomization.yaml', 'two: 2\n'],
    ]);
    await writeFirstCommit(admin, 'apps', 'feat: first', files);
    expect(await hasMain(admin, 'apps')).toBe(true);
    for (const [path, text] of files) expect(await readFile(admin, 'apps', path)).toBe(text);
    expect(await admin.list('/repos/platform/apps/commits')).toHaveLength(1);
  });

  it('the rule is read back as it was written, and a weakened rule is noticed', async () => {
    expect(await ruleDifferences(admin, 'apps')).toBeUndefined();
    await writeRule(admin, 'apps');
    expect(await ruleDifferences(admin, 'apps')).toEqual([]);
    const weaker = { required_approvals: 1, status_check_contexts: [] };
    await admin.send('PATCH', '/repos/platform/apps/branch_protections/main', weaker, 'weaken');
    expect(await ruleDifferences(admin, 'apps')).toEqual([
      `status_check_contexts [] -> ["${context}"]`,
      'required_approvals 1 -> 2',
    ]);
    await writeRule(admin, 'apps');
    expect(await ruleDifferences(admin, 'apps')).toEqual([]);
  });

  it('nobody writes main: not a developer, not an approver, not the administrator', async () => {
    for (const login of ['dana', 'ada', 'perimeter']) {
      const file = { branch: 'main', message: 'past the rules', content: 'eA==' };
      const answer = await gitea.person(login).request('POST', '/repos/platform/apps/contents/x.txt', file);
      expect([login, answer.status]).toEqual([login, 403]);
    }
    expect(await readFile(admin, 'apps', 'x.txt')).toBeUndefined();
  });

  it('a change needs a green check and two approvals of others, and a developer cannot post the check', async () => {
    const { number, sha } = await propose(gitea.person('dana'));
    const statuses = `/repos/platform/apps/statuses/${sha}`;
    const green = { state: 'success', context };
    expect((await gitea.person('dana').request('POST', statuses, green)).status).toBe(403);
    // A developer may post in the own fork: that counts nowhere else.
    expect(
      (await gitea.person('dana').request('POST', `/repos/dana/apps/statuses/${sha}`, green)).status,
    ).toBe(201);

    expect(await approve(gitea.person('dana'), number, sha)).toBe(422);
    expect(await approve(gitea.person('ada'), number, sha)).toBe(200);
    expect(await approve(gitea.person('ben'), number, sha)).toBe(200);
    expect(words(await merge(gitea.person('ada'), number))).toMatch(/^405 .*required status checks/);

    const bot = gitea.as({ token: gitea.service.credentials.get(tokenCredential('ci-status')) ?? '' });
    expect((await bot.request('POST', statuses, green)).status).toBe(201);
    expect(words(await merge(gitea.person('dana'), number))).toMatch(/^405 .*not allowed to merge/);
    expect(words(await merge(bot, number))).toMatch(/^405 .*not allowed to merge/);
    expect((await merge(gitea.person('ada'), number)).status).toBe(200);
  }, 60_000);

  it('one approval, or an approval by the bot, is not enough; force by the administrator neither', async () => {
    const { number, sha } = await propose(gitea.person('dana'));
    const bot = gitea.as({ token: gitea.service.credentials.get(tokenCredential('ci-status')) ?? '' });
    await bot.request('POST', `/repos/platform/apps/statuses/${sha}`, { state: 'success', context });
    await approve(bot, number, sha);
    await approve(gitea.person('ada'), number, sha);
    expect(words(await merge(gitea.person('ada'), number))).toMatch(/^405 .*enough approvals/);
    expect((await merge(admin, number, { force_merge: true })).status).toBe(405);
  }, 60_000);

  it('bots reach what they need and no more', async () => {
    for (const bot of ['flux', 'ci-clone']) {
      const api = gitea.as({ token: gitea.service.credentials.get(tokenCredential(bot)) ?? '' });
      expect((await api.request('GET', '/repos/platform/apps')).status).toBe(200);
      const branch = await api.request('POST', '/repos/platform/apps/branches', { new_branch_name: bot });
      expect([bot, branch.status]).toEqual([bot, 403]);
      expect((await api.request('GET', '/admin/users')).status).toBe(403);
    }
    expect(
      (await gitea.as('anonymous').request('GET', '/repos/platform/apps')).status,
    ).toBeGreaterThanOrEqual(400);
  });
});

let changes = 0;

/** Proposes a new file from the developer's fork. */
async function propose(developer: GitApi): Promise<{ number: number; sha: string }> {
  await developer.request('POST', '/repos/platform/apps/forks', {});
  const branch = `change-${(changes += 1)}`;
  const files = [{ operation: 'create', path: `${branch}.txt`, content: 'eA==' }];
  const commit = { branch: 'main', new_branch: branch, message: branch, files };
  await developer.send('POST', '/repos/dana/apps/contents', commit, 'commit');
  const wanted = { base: 'main', head: `dana:${branch}`, title: branch };
  const pull = await developer.send<{ number: number; head: { sha: string } }>(
    'POST',
    '/repos/platform/apps/pulls',
    wanted,
    'propose',
  );
  return { number: pull.number, sha: pull.head.sha };
}

async function approve(person: GitApi, number: number, sha: string): Promise<number> {
  const review = { event: 'APPROVED', body: 'fine', commit_id: sha };
  return (await person.request('POST', `/repos/platform/apps/pulls/${number}/reviews`, review)).status;
}

async function merge(person: GitApi, number: number, options: object = {}): Promise<GitAnswer> {
  for (;;) {
    const answer = await person.request('POST', `/repos/platform/apps/pulls/${number}/merge`, {
      Do: 'merge',
      ...options,
    });
    if (!/try again later/i.test(words(answer))) return answer;
    await delay(200);
  }
}

function words(answer: GitAnswer): string {
  return `${answer.status} ${(answer.body as { message?: string } | undefined)?.message ?? ''}`;
}
