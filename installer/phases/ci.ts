import { composePhase } from '../engine/phase-step.ts';
import { ciSecrets, listenerUrl, prepareCi, webHookKey } from '../parts/ci/ci-secrets.ts';
import { listenerStep } from '../parts/ci/listener-step.ts';
import { drivenStep } from '../parts/flux/connect-step.ts';
import { tokenCredential } from '../parts/git/git-names.ts';
import { webHookStep } from '../parts/git/web-hook-step.ts';
import { platformSecretStep } from '../parts/secrets/secret-steps.ts';
import { ciReleases } from './platform-releases.ts';

const tokens = { clone: tokenCredential('ci-clone'), status: tokenCredential('ci-status') };

/** CI comes by Git; the installer gives it its tokens and tells the Git server where it listens. */
export const ci = composePhase({ name: 'ci', title: 'CI for pull requests', usualMs: 45_000 }, [
  platformSecretStep('ci', ciSecrets(tokens), prepareCi),
  drivenStep(() => ciReleases),
  listenerStep(),
  webHookStep(listenerUrl, webHookKey),
]);
