import { waitFor } from '../../base/condition.ts';
import type { JsonObject } from '../../base/json.ts';
import { count } from '../../base/units.ts';
import type { Hands, Look } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { isAdministrator } from './accounts-step.ts';
import { ruleDifferences, writeRule } from './branch-rules.ts';
import type { GitApi } from './git-api.ts';
import type { RepositoryName } from './git-names.ts';
import { administratorApi } from './git-server.ts';
import { hasMain, type RepositoryFiles, writeFirstCommit } from './repository-files.ts';

interface RepositoryFacts {
  readonly written: boolean;
  /** What of main's rule is not as declared; undefined when there is no rule. */
  readonly rule: readonly string[] | undefined;
}

/**
 * Writes the first commit of a repository, then protects `main`. What people commit later is theirs: a repository with a commit is
 * never written again.
 */
export function repositoryStep(
  repository: RepositoryName,
  message: string,
  files: (look: Look | Hands) => Promise<RepositoryFiles>,
): PhaseStep {
  return defineStep<RepositoryFacts, JsonObject>({
    name: `repository-${repository}`,

    async inspect(_target, look) {
      if (!(await isAdministrator(look))) return { written: false, rule: undefined };
      const api = administratorApi(look.site, look.credentials, look.signal);
      return { written: await hasMain(api, repository), rule: await ruleDifferences(api, repository) };
    },

    plan({ written, rule }) {
      const first = {
        id: 'first-commit',
        sentence: `write the first commit of platform/${repository}`,
        data: {},
      };
      const protect = {
        id: 'protect',
        sentence:
          rule === undefined
            ? `protect main of platform/${repository}: pull requests only, two approvals, green check, nobody above the rules`
            : `put back ${count(rule.length, 'setting')} of the rule of main in platform/${repository}: ${rule.join(', ')}`,
        data: {},
      };
      return [...(written ? [] : [first]), ...(rule?.length === 0 ? [] : [protect])];
    },

    async apply(change, _target, hands) {
      const api = administratorApi(hands.site, hands.credentials, hands.signal);
      if (change.id === 'protect') await writeRule(api, repository);
      else await ensureFirstCommit(api, repository, message, await files(hands));
    },
  });
}

/**
 * The request of an installer that was killed may still be under way at the server: it then wins, and ours is refused because
 * the files are there. That is what was wanted, as soon as main is seen.
 */
async function ensureFirstCommit(
  api: GitApi,
  repository: RepositoryName,
  message: string,
  files: RepositoryFiles,
): Promise<void> {
  if (await hasMain(api, repository)) return;
  try {
    await writeFirstCommit(api, repository, message, files);
  } catch (error) {
    if (await appears(api, repository)) return;
    // The commit is there, but the request that made it was cut off before the server had noted the branch: any later commit has
    // the server look again. Where there is no commit at all, the first failure is the true one.
    await writeFirstCommit(
      api,
      repository,
      `${message} (noted)`,
      new Map([['.first-commit', 'complete\n']]),
    ).catch(() => {
      throw error;
    });
    if (!(await appears(api, repository))) throw error;
  }
}

/** Waits a moment for main; false when it does not come. */
async function appears(api: GitApi, repository: RepositoryName): Promise<boolean> {
  const main = waitFor({
    description: `main of ${repository} is there`,
    timeoutMs: 10_000,
    probe: async () => ((await hasMain(api, repository)) ? true : undefined),
  });
  return main.catch(() => false);
}
