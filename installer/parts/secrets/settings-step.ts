import { DefectError, PerimeterError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Hands } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { isInitialising, readPendingKeys } from './pending-keys.ts';
import { retireRoot } from './retire-root.ts';
import type { VaultApi } from './vault-api.ts';
import { type VaultSight, vaultForSetup } from './vault-server.ts';
import { vaultSettings } from './vault-settings.ts';
import { vaultState } from './vault-state.ts';

interface SettingsFacts {
  /** Ids of the settings that are as declared; undefined while the secret manager cannot be asked. */
  readonly there: readonly string[] | undefined;
  /** The first set-up is still to come or not finished: the root token exists, or will. */
  readonly rootToRetire: boolean;
  readonly open: boolean;
}

interface SettingData extends JsonObject {
  readonly setting: string;
}

const retire = 'retire-root';

/** Stores, logins, policies and roles; at the very end of the first set-up the root token goes. */
export function settingsStep(): PhaseStep {
  return defineStep<SettingsFacts, SettingData>({
    name: 'settings',

    async inspect(_target, look) {
      const state = await vaultState(look);
      const open = state === 'open';
      const fresh = state === 'absent' || state === 'new' || isInitialising(look.credentials);
      const api = open ? await vaultForSetup(look) : undefined;
      return {
        open,
        rootToRetire: fresh || readPendingKeys(look.credentials) !== undefined,
        there: api === undefined ? undefined : await settingsThere(look, api),
      };
    },

    plan(facts, _target, { site }) {
      // A sealed one is opened by the step before; only then can it be asked.
      if (facts.there === undefined && facts.open && !facts.rootToRetire) throw noWayIn();
      const there = facts.there ?? [];
      const settings = vaultSettings(site).filter((setting) => !there.includes(setting.id));
      const changes = settings.map((setting) => ({
        id: setting.id,
        sentence: setting.sentence,
        data: { setting: setting.id },
      }));
      if (!facts.rootToRetire) return changes;
      const sentence =
        'close the secret manager, have the nodes open it with their shares, then revoke the root token';
      return [...changes, { id: retire, sentence, data: { setting: retire } }];
    },

    async apply({ data }, _target, hands) {
      if (data.setting === retire) return retireRoot(hands);
      const setting = vaultSettings(hands.site).find((candidate) => candidate.id === data.setting);
      if (setting === undefined) throw new DefectError(`there is no setting ${data.setting}`);
      const api = await setupApi(hands);
      if (!(await setting.isThere(api))) await setting.make(api);
    },
  });
}

async function settingsThere(sight: VaultSight, api: VaultApi): Promise<readonly string[]> {
  const there: string[] = [];
  for (const setting of vaultSettings(sight.site)) {
    if (await setting.isThere(api)) there.push(setting.id);
  }
  return there;
}

/** The secret manager with the installer's rights. Raises E_SECRETS when there is no way in. */
export async function setupApi(hands: Hands | VaultSight): Promise<VaultApi> {
  const api = await vaultForSetup(hands);
  if (api === undefined) throw noWayIn();
  return api;
}

function noWayIn(): PerimeterError {
  return new PerimeterError('E_SECRETS', {
    message: 'The secret manager is open, but does not let the installer in as secrets/perimeter-installer.',
    hint: 'Its role `installer` was changed or removed. Make a root token with two shares (vault operator generate-root) and write the role again.',
  });
}
