import { globSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitItems } from '../../../../installer/parts/git/accounts-step.ts';
import { ensureFirstCommit } from '../../../../installer/parts/git/first-commit.ts';
import type { GitApi } from '../../../../installer/parts/git/git-api.ts';
import type { RepositoryName } from '../../../../installer/parts/git/git-names.ts';
import { hasMain, readFile } from '../../../../installer/parts/git/repository-files.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { giteaProgram, type RealGitea, startGitea, withAdministrator } from '../real-gitea.ts';

const site = sampleSite();
const files = new Map([
  ['README.md', 'one\n'],
  ['a/b.yaml', 'two: zwei – €\n'],
]);

describe.skipIf(giteaProgram === undefined)('the first commit on the real Git server', () => {
  let gitea: RealGitea;
  let admin: GitApi;

  beforeAll(async () => {
    gitea = await startGitea(giteaProgram ?? '');
    admin = await withAdministrator(gitea);
    for (const item of gitItems(site)) {
      if (/^(organisation|repository)/.test(item.id))
        await item.make(admin, gitea.as, gitea.service.credentials);
    }
  }, 60_000);

  afterAll(async () => gitea?.service.remove());

  const contents = async (name: RepositoryName): Promise<unknown> =>
    await Promise.all([...files.keys()].map((path) => readFile(admin, name, path)));
  const commits = async (name: RepositoryName): Promise<number> =>
    (await admin.list(`/repos/platform/${name}/commits`)).length;

  it('is written once', async () => {
    await ensureFirstCommit(admin, 'apps', 'feat: first', files);
    await ensureFirstCommit(admin, 'apps', 'feat: first', files);
    expect(await contents('apps')).toEqual([...files.values()]);
    expect(await commits('apps')).toBe(1);
  });

  it('what somebody else wrote meanwhile is left alone, and the first refusal is told', async () => {
    await commitUnnoticed(gitea, 'platform', new Map([['README.md', 'something else\n']]));
    await expect(ensureFirstCommit(admin, 'platform', 'feat: first', files)).rejects.toMatchObject({
      code: 'E_GIT',
      message: expect.stringContaining('write the first commit of platform'),
    });
  }, 60_000);

  it('is found where the server was cut off before it noted the branch, and no file is added', async () => {
    await commitUnnoticed(gitea, 'platform', files);
    expect(await hasMain(admin, 'platform')).toBe(false);
    await ensureFirstCommit(admin, 'platform', 'feat: first', files);
    expect(await hasMain(admin, 'platform')).toBe(true);
    expect(await contents('platform')).toEqual([...files.values()]);
    const tree = await admin.find<{ tree: { path: string; type: string }[] }>(
      '/repos/platform/platform/git/trees/main?recursive=true',
    );
    const paths = tree?.tree.filter(({ type }) => type === 'blob').map(({ path }) => path);
    expect(paths?.toSorted()).toEqual([...files.keys()].toSorted());
    expect(await commits('platform')).toBe(2);
  }, 60_000);
});

/** What a cut-off leaves behind: Git has the commit as the only one, and the server's own books know nothing of it. */
async function commitUnnoticed(
  { service }: RealGitea,
  name: RepositoryName,
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  const [folder = ''] = globSync(`**/platform/${name}.git`, { cwd: service.directory });
  const blobs = [...wanted].map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const input = `commit refs/heads/main\ncommitter unit <unit@test.internal> 0 +0000\ndata 1\nx\ndeleteall\n${blobs.join('')}\n`;
  await execa('git', ['-C', join(service.directory, folder), 'fast-import', '--force', '--quiet'], { input });
}
