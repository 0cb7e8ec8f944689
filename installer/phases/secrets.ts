import { chartStep } from '../engine/chart-step.ts';
import { composePhase } from '../engine/phase-step.ts';
import { openingStep } from '../parts/secrets/opening-step.ts';
import { settingsStep } from '../parts/secrets/settings-step.ts';
import { prepareVault, vaultRelease, vaultSecrets } from '../parts/secrets/vault-release.ts';

/** The secret manager: installed, given its keys, opened by the nodes' shares, set up, and without a root token at the end. */
export const secrets = composePhase({ name: 'secrets', title: 'Secret manager', usualMs: 20_000 }, [
  chartStep({
    releases: [vaultRelease],
    prepare: ({ site, credentials }) => prepareVault(site, credentials),
    objects: (look) => vaultSecrets(look.credentials),
    // Not ready before it is open, and that is what the next step is for.
    awaited: (object) => object.kind !== 'StatefulSet',
  }),
  openingStep(),
  settingsStep(),
]);
