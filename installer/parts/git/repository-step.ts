import type { JsonObject } from '../../base/json.ts';
import { count } from '../../base/units.ts';
import type { Hands, Look } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { isAdministrator } from './accounts-step.ts';
import { ruleDifferences, writeRule } from './branch-rules.ts';
import { ensureFirstCommit } from './first-commit.ts';
import type { RepositoryName } from './git-names.ts';
import { administratorApi } from './git-server.ts';
import { hasMain, type RepositoryFiles } from './repository-files.ts';

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
      else await ensureFirstCommit(api, repository, message, await files(hands), hands.signal);
    },
  });
}
