import { chartStep } from '../engine/chart-step.ts';
import { composePhase } from '../engine/phase-step.ts';
import { pushStep } from '../parts/registry/push-step.ts';
import { registryRelease } from '../parts/registry/registry-release.ts';
import { prepareRegistry, registrySecrets } from '../parts/registry/registry-secrets.ts';

/** The site's only source of images, filled once; from then on the nodes pull from it and from nowhere else. */
export const registry = composePhase({ name: 'registry', title: 'Run the registry', usualMs: 20_000 }, [
  chartStep({ releases: [registryRelease], prepare: prepareRegistry, objects: registrySecrets }),
  pushStep,
]);
