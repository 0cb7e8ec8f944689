import { composePhase } from '../engine/phase-step.ts';
import { connectStep, drivenStep } from '../parts/flux/connect-step.ts';
import { platformFiles } from '../parts/flux/platform-files.ts';
import { repositoryStep } from '../parts/git/repository-step.ts';
import { adoptedReleases, declaredReleases } from './platform-releases.ts';

/** The platform's own repository: written once, protected, and from then on what the cluster's services are driven by. */
export const platformRepository = composePhase(
  {
    name: 'platform-repository',
    title: 'Platform repository, adopted by the controller',
    usualMs: 40_000,
  },
  [
    repositoryStep('platform', 'feat: the platform of this site, as its bundle brings it', (look) =>
      platformFiles(look, declaredReleases(look.site)),
    ),
    connectStep(),
    drivenStep(() => adoptedReleases),
  ],
);
