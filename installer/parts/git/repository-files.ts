import type { GitApi } from './git-api.ts';
import { organisation, type RepositoryName } from './git-names.ts';

/** Path in the repository to content. */
export type RepositoryFiles = ReadonlyMap<string, string>;

const path = (repository: RepositoryName): string => `/repos/${organisation}/${repository}`;

/** Content of a file on `main`, or undefined when the file, or main itself, is not there. */
export async function readFile(
  api: GitApi,
  repository: RepositoryName,
  file: string,
): Promise<string | undefined> {
  const found = await api.find<{ content?: string }>(
    `${path(repository)}/contents/${encodePath(file)}?ref=main`,
  );
  return found?.content === undefined ? undefined : Buffer.from(found.content, 'base64').toString('utf8');
}

export async function hasMain(api: GitApi, repository: RepositoryName): Promise<boolean> {
  return (await api.find(`${path(repository)}/branches/main`)) !== undefined;
}

/** Writes the first commit of `main`. Only for a repository that has no commit yet: nothing of anybody is overwritten. */
export async function writeFirstCommit(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  files: RepositoryFiles,
): Promise<void> {
  const changes = [...files].map(([file, content]) => ({
    operation: 'create',
    path: file,
    content: inBase64(content),
  }));
  await commit(api, repository, message, changes, `write the first commit of ${repository}`);
}

/** A commit that leaves a file as it is. Refused when the file is not there with exactly this content; `id` is Git's name for it. */
export async function writeUnchanged(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  { path: file, content, id }: { readonly path: string; readonly content: string; readonly id: string },
): Promise<void> {
  const changes = [{ operation: 'update', path: file, content: inBase64(content), sha: id }];
  await commit(api, repository, message, changes, `commit to ${repository} once more`);
}

async function commit(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  files: readonly object[],
  what: string,
): Promise<void> {
  const body = { branch: 'main', message, files };
  await api.send('POST', `${path(repository)}/contents`, body, what, { timeoutMs: 120_000 });
}

function inBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}
