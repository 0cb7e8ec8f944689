import { chartStep } from '../engine/chart-step.ts';
import { composePhase } from '../engine/phase-step.ts';
import { accountsStep } from '../parts/git/accounts-step.ts';
import { giteaRelease, giteaSecrets, prepareGitea } from '../parts/git/gitea-release.ts';

/** The Git server with its organisation, repositories, teams, people and bots. The rules of `main` follow with the first commits. */
export const git = composePhase({ name: 'git', title: 'Git server with people and teams', usualMs: 15_000 }, [
  chartStep({
    releases: [giteaRelease],
    prepare: ({ site, credentials }) => prepareGitea(site, credentials),
    objects: (look) => giteaSecrets(look.credentials),
  }),
  accountsStep(),
]);
