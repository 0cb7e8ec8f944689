import { waitFor } from '../../base/condition.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Change, Hands, Look } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { controlPlaneNodes, type Site } from '../../site/site.ts';
import { initialiseVault, openWithPendingKeys, resetVault } from './initialise-vault.ts';
import { escrowPath, holdsEscrow, keepShareOnNode, submitShare, writeEscrow } from './keep-share.ts';
import { isInitialising, readPendingKeys } from './pending-keys.ts';
import { keySharing } from './vault-names.ts';
import { type NodeKeeping, nodeKeepings, type VaultState, vaultState } from './vault-state.ts';

interface OpeningFacts {
  readonly state: VaultState;
  /** The keys were asked for, and the answer never came. */
  readonly keysLost: boolean;
  readonly pending: boolean;
  readonly keepings: readonly NodeKeeping[];
  readonly escrow: boolean;
}

interface OpeningData extends JsonObject {
  readonly action: 'initialise' | 'reset' | 'keep' | 'escrow' | 'open';
  readonly node?: string;
}

/** Gives the secret manager its keys, shares them out to the control-plane nodes and to people, and sees that it is open. */
export function openingStep(): PhaseStep {
  return defineStep<OpeningFacts, OpeningData>({
    name: 'opening',

    async inspect(_target, look) {
      const state = await vaultState(look);
      const keepings = await nodeKeepings(look, (name) => look.host(name));
      const pending = readPendingKeys(look.credentials);
      return {
        state,
        keysLost: state === 'sealed' && isInitialising(look.credentials),
        pending: pending !== undefined,
        keepings,
        escrow: pending === undefined || (await holdsEscrow(look.site, pending.shares.at(-1))),
      };
    },

    plan: (facts, _target, { site }) => planOpening(facts, site),

    async apply({ data }, _target, hands) {
      if (data.action === 'reset') await resetVault(hands);
      else if (data.action === 'initialise') await initialiseVault(hands);
      else if (data.action === 'keep') await keepOnNode(hands, data.node ?? '');
      else if (data.action === 'escrow') await keepEscrow(hands);
      else await open(hands);
    },

    async settle(_target, hands) {
      await waitUntilOpen(hands);
    },
  });
}

export function planOpening(facts: OpeningFacts, site: Site): readonly Change<OpeningData>[] {
  const { shares, threshold } = keySharing(site);
  const fresh = facts.state === 'absent' || facts.state === 'new' || facts.keysLost;
  const unowned = facts.keepings.filter((keeping) => !keeping.share).map((keeping) => keeping.node);
  if (facts.state !== 'absent' && !fresh && !facts.pending && unowned.length > 0) throw shareMissing(unowned);
  const change = (id: string, sentence: string, data: OpeningData): Change<OpeningData> => ({
    id,
    sentence,
    data,
  });
  const changes: Change<OpeningData>[] = [];
  if (facts.keysLost)
    changes.push(
      change(
        'reset',
        'empty the secret manager: its keys were made but never arrived, so nobody ever put anything in',
        {
          action: 'reset',
        },
      ),
    );
  if (fresh)
    changes.push(
      change(
        'initialise',
        shares === 1
          ? 'give the secret manager its key, in one piece: the site has a single control-plane node'
          : `give the secret manager its key in ${shares} shares, ${threshold} of which open it`,
        {
          action: 'initialise',
        },
      ),
    );
  for (const keeping of facts.keepings) {
    if (!fresh && keeping.share && keeping.wrong.length === 0) continue;
    const what =
      !fresh && keeping.share
        ? keeping.wrong.join(', ')
        : 'its share of the key and the unit that submits it';
    changes.push(
      change(`keep/${keeping.node}`, `put on ${keeping.node}: ${what}`, {
        action: 'keep',
        node: keeping.node,
      }),
    );
  }
  if (fresh || !facts.escrow)
    changes.push(change('escrow', `write the share for people to ${escrowPath(site)}`, { action: 'escrow' }));
  if (fresh || facts.state === 'sealed')
    changes.push(change('open', 'open the secret manager', { action: 'open' }));
  return changes;
}

function shareMissing(nodes: readonly string[]): PerimeterError {
  return new PerimeterError('E_SECRETS', {
    message: `The secret manager has its keys, but ${nodes.join(', ')} holds no share of it.`,
    hint: 'Bring back /etc/perimeter/secrets/unseal-share.json (root, 0600) from the node’s backup, or make new shares with two of the others (vault operator rekey).',
    findings: nodes.map((node) => `${node}: no share of the secret manager's key`),
  });
}

async function keepOnNode(hands: Hands, name: string): Promise<void> {
  const index = controlPlaneNodes(hands.site).findIndex((node) => node.name === name);
  const share = readPendingKeys(hands.credentials)?.shares[index];
  await keepShareOnNode(hands.site, hands.host(name), share);
}

async function keepEscrow(hands: Hands): Promise<void> {
  const share = readPendingKeys(hands.credentials)?.shares.at(-1);
  if (share !== undefined) await writeEscrow(hands.site, share, keySharing(hands.site).shares === 1);
}

async function open(hands: Hands): Promise<void> {
  await openWithPendingKeys(hands);
  if ((await vaultState(hands)) !== 'open') await submitNodeShares(hands);
  await waitUntilOpen(hands);
}

/** Every control-plane node submits its share, as its timer would. */
export async function submitNodeShares(hands: Hands): Promise<void> {
  for (const node of controlPlaneNodes(hands.site)) await submitShare(hands.host(node.name));
}

export async function waitUntilOpen(
  look: Pick<Look, 'site' | 'credentials' | 'kube' | 'signal'>,
): Promise<void> {
  await waitFor({
    description: 'the secret manager is open',
    timeoutMs: 120_000,
    intervalMs: 500,
    signal: look.signal,
    hint: 'Look at the pod vault-0 in namespace secrets, and on a control-plane node: journalctl -u perimeter-unseal',
    probe: async (report) => {
      const state = await vaultState(look);
      report(state === 'absent' ? 'no answer' : `it is ${state}`);
      return state === 'open' ? true : undefined;
    },
  });
}
