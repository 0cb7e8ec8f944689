import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitItems } from '../../../../installer/parts/git/accounts-step.ts';
import { ruleDifferences, writeRule } from '../../../../installer/parts/git/branch-rules.ts';
import {
  createAdministrator,
  findSetupTokens,
} from '../../../../installer/parts/git/create-administrator.ts';
import { GitApi } from '../../../../installer/parts/git/git-api.ts';
import type { GitAs } from '../../../../installer/parts/git/git-item.ts';
import { hasMain, readFile, writeFirstCommit } from '../../../../installer/parts/git/repository-files.ts';
import { CredentialStore } from '../../../../installer/site/credentials.ts';
import { MemoryGitServer } from '../../../../installer/testkit/memory-git-server.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { disposableFolder } from '../disposable-folder.ts';
import { giteaProgram, startGitea } from '../real-gitea.ts';

interface StartedGit {
  readonly as: GitAs;
  readonly credentials: CredentialStore;
  command(argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

async function startInMemory(): Promise<StartedGit> {
  const server = new MemoryGitServer();
  const { folder, remove } = await disposableFolder();
  const credentials = await CredentialStore.open(folder);
  return {
    as: (identity) => new GitApi(server, identity),
    credentials,
    command: (argv) => server.command(argv),
    remove,
  };
}

async function startReal(): Promise<StartedGit> {
  const { as, service, command } = await startGitea(giteaProgram ?? '');
  return { as, credentials: service.credentials, command, remove: () => service.remove() };
}

const site = sampleSite();

// What the suites of phases believe of the server in memory is what the real one does.
describe.each([
  { where: 'in memory', start: startInMemory, absent: false },
  { where: 'for real', start: startReal, absent: giteaProgram === undefined },
])('a Git server $where', ({ start, absent }) => {
  describe.skipIf(absent)('answers as the installer expects', () => {
    let git: StartedGit;
    let admin: GitApi;
    const status = async (api: GitApi, ...request: Parameters<GitApi['request']>): Promise<number> =>
      (await api.request(...request)).status;

    beforeAll(async () => {
      git = await start();
      await createAdministrator(git.command, git.as, git.credentials, 'perimeter@test.internal');
      const password = git.credentials.get('git.password.perimeter') ?? '';
      admin = git.as({ login: 'perimeter', password });
    }, 60_000);

    afterAll(async () => git?.remove());

    it('lets the administrator be made twice, and a token that was left behind be found', async () => {
      const token = ['--username', 'perimeter', '--token-name', 'setup-left', '--scopes', 'all', '--raw'];
      await git.command(['admin', 'user', 'generate-access-token', ...token]);
      expect(await findSetupTokens(admin)).toMatchObject([{ name: 'setup-left' }]);
      await createAdministrator(git.command, git.as, git.credentials, 'perimeter@test.internal');
      expect(await findSetupTokens(admin)).toEqual([]);
    });

    it('has every item missing at first and there once made', async () => {
      for (const item of gitItems(site)) {
        expect([item.id, await item.isThere(admin, git.as, git.credentials)]).toEqual([item.id, false]);
        await item.make(admin, git.as, git.credentials);
        expect([item.id, await item.isThere(admin, git.as, git.credentials)]).toEqual([item.id, true]);
      }
    }, 60_000);

    it('says no to whoever may not', async () => {
      const flux = git.as({ token: git.credentials.get('git.token.flux') ?? '' });
      expect(await status(git.as('anonymous'), 'GET', '/version')).toBe(403);
      expect(await status(flux, 'GET', '/version')).toBe(200);
      expect(await status(flux, 'POST', '/admin/users', {})).toBe(403);
      expect(await status(git.as({ token: 'f'.repeat(40) }), 'GET', '/version')).toBe(401);
      expect(await status(git.as({ login: 'dana', password: 'wrong' }), 'GET', '/user')).toBe(401);
    });

    it('refuses what is there already, and does not find what is not', async () => {
      const account = {
        username: 'dana',
        email: 'd@test.internal',
        password: 'long-enough-0',
        full_name: 'D',
      };
      expect(await status(admin, 'POST', '/admin/users', account)).toBe(422);
      expect(await status(admin, 'POST', '/orgs', { username: 'platform' })).toBe(422);
      expect(await status(admin, 'POST', '/orgs/platform/repos', { name: 'apps' })).toBe(409);
      const team = { name: 'readers', permission: 'read', units_map: { 'repo.code': 'read' } };
      expect(await status(admin, 'POST', '/orgs/platform/teams', team)).toBe(422);
      const token = { name: 'perimeter', scopes: ['read:repository'] };
      const flux = git.as({ login: 'flux', password: git.credentials.get('git.password.flux') ?? '' });
      expect(await status(flux, 'POST', '/users/flux/tokens', token)).toBe(400);
      expect(await status(flux, 'DELETE', '/users/flux/tokens/other')).toBe(404);
      expect(await status(admin, 'GET', '/users/nobody')).toBe(404);
      expect(await status(admin, 'GET', '/repos/platform/none')).toBe(404);
      expect(await status(admin, 'DELETE', '/orgs/platform/hooks/999')).toBe(404);
    });

    it('takes a first commit once, and later only what names the content that is there', async () => {
      expect(await hasMain(admin, 'apps')).toBe(false);
      await writeFirstCommit(admin, 'apps', 'feat: first', new Map([['a/b.txt', 'one\n']]));
      expect(await hasMain(admin, 'apps')).toBe(true);
      expect(await readFile(admin, 'apps', 'a/b.txt')).toBe('one\n');
      expect(await readFile(admin, 'apps', 'c.txt')).toBeUndefined();
      const again = writeFirstCommit(admin, 'apps', 'feat: first', new Map([['a/b.txt', 'one\n']]));
      await expect(again).rejects.toMatchObject({ message: expect.stringContaining('422') });
      const update = (sha: string) => ({
        branch: 'main',
        files: [{ operation: 'update', path: 'a/b.txt', content: 'b25lCg==', sha }],
      });
      const path = '/repos/platform/apps/contents';
      expect(await status(admin, 'POST', path, update('0'.repeat(40)))).toBe(422);
      // Git's name for "one" and a line's end.
      expect(await status(admin, 'POST', path, update('5626abf0f72e58d7a153368ba57db4c673c0e171'))).toBe(201);
    });

    it('reads back a rule as it was written, and refuses to make it twice', async () => {
      expect(await ruleDifferences(admin, 'apps')).toBeUndefined();
      await writeRule(admin, 'apps');
      expect(await ruleDifferences(admin, 'apps')).toEqual([]);
      const rules = '/repos/platform/apps/branch_protections';
      await admin.send('PATCH', `${rules}/main`, { required_approvals: 1 }, 'weaken');
      expect(await ruleDifferences(admin, 'apps')).toEqual(['required_approvals 1 -> 2']);
      expect(await status(admin, 'POST', rules, { rule_name: 'main' })).toBe(403);
    });

    it('tells a web hook with its own names of the events, and without its secret', async () => {
      const config = {
        url: 'http://127.0.0.1:1',
        content_type: 'json',
        http_method: 'post',
        secret: 'x'.repeat(32),
      };
      const events = ['pull_request_only', 'pull_request_sync'];
      const hook = { type: 'gitea', active: true, events, config };
      const { id } = await admin.send<{ id: number }>('POST', '/orgs/platform/hooks', hook, 'make a hook');
      const [found] = await admin.list<{ events: string[]; config: object }>('/orgs/platform/hooks');
      expect(found?.events.toSorted()).toEqual(['pull_request', 'pull_request_sync']);
      expect(found?.config).toMatchObject({ url: config.url, content_type: 'json' });
      expect(JSON.stringify(found)).not.toContain(config.secret);
      expect(await status(admin, 'DELETE', `/orgs/platform/hooks/${id}`)).toBe(204);
    });
  });
});
