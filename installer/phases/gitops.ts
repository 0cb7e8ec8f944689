import { chartPhase } from '../engine/chart-step.ts';
import { fluxRelease, fluxSecrets } from '../parts/flux/flux-release.ts';
import { tokenCredential } from '../parts/git/git-names.ts';

/** The GitOps controller with a bot's token that may only read. */
export const gitops = chartPhase({
  name: 'gitops',
  title: 'GitOps controller',
  usualMs: 10_000,
  releases: [fluxRelease],
  objects: ({ credentials }) =>
    fluxSecrets(credentials, { login: 'flux', tokenCredential: tokenCredential('flux') }),
});
