import { createHash } from 'node:crypto';
import { waitFor } from '../../base/condition.ts';
import type { GitApi } from './git-api.ts';
import type { RepositoryName } from './git-names.ts';
import { hasMain, type RepositoryFiles, writeFirstCommit, writeUnchanged } from './repository-files.ts';

/**
 * Sees that a repository has its first commit. The request of an installer that was killed may still be under way at the server: it
 * then wins, and ours is refused because the files are there. That is what was wanted, as soon as main is seen.
 */
export async function ensureFirstCommit(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  files: RepositoryFiles,
  signal?: AbortSignal,
): Promise<void> {
  if (await hasMain(api, repository)) return;
  try {
    await writeFirstCommit(api, repository, message, files);
  } catch (error) {
    if (await appears(api, repository, signal)) return;
    // The commit is there, but the request that made it was cut off before the server had noted the branch: any later commit has
    // the server look again, so one that changes nothing does. Where there is no such commit, the first failure is the true one.
    await noteMain(api, repository, message, files).catch(() => {
      throw error;
    });
    if (!(await appears(api, repository, signal))) throw error;
  }
}

/** Refused by the server unless the file is there as the first commit wrote it. */
async function noteMain(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  files: RepositoryFiles,
): Promise<void> {
  for (const [path, content] of [...files].slice(0, 1))
    await writeUnchanged(api, repository, `${message} (noted)`, { path, content, id: blobId(content) });
}

/** Git's own name for a file's content. */
function blobId(content: string): string {
  const bytes = Buffer.from(content, 'utf8');
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Waits a moment for main; false when it does not come. */
async function appears(
  api: GitApi,
  repository: RepositoryName,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const main = waitFor({
    description: `main of ${repository} is there`,
    timeoutMs: 5000,
    ...(signal === undefined ? {} : { signal }),
    probe: async () => ((await hasMain(api, repository)) ? true : undefined),
  });
  return main.catch(() => {
    signal?.throwIfAborted();
    return false;
  });
}
