import { composePhase } from '../engine/phase-step.ts';
import { applicationFiles } from '../parts/applications/application-files.ts';
import { runningStep } from '../parts/applications/running-step.ts';
import { drivenStep } from '../parts/flux/connect-step.ts';
import { repositoryStep } from '../parts/git/repository-step.ts';
import { applicationSecretsStep } from '../parts/secrets/secret-steps.ts';
import { environmentReleases } from './platform-releases.ts';

/** The repository of the applications with a sample in every environment, delivered by the controller. */
export const applications = composePhase(
  { name: 'applications', title: 'Sample application in every environment', usualMs: 15_000 },
  [
    applicationSecretsStep(),
    repositoryStep('apps', 'feat: a sample application in every environment', (look) =>
      applicationFiles(look.site, look.bundle),
    ),
    drivenStep(environmentReleases),
    runningStep(),
  ],
);
