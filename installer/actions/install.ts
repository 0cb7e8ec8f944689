import { applyPhases, type PhaseResult } from '../engine/apply-phases.ts';
import { assertStillApproved } from '../engine/approved-plan.ts';
import type { Phase } from '../engine/phase.ts';
import type { PlanDocument } from '../engine/plan.ts';
import { planPhases } from '../engine/plan-phases.ts';
import type { SavedPlan } from '../engine/saved-plan.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { afterInstall } from '../phases/after-install.ts';
import { afterPrepareNodes } from '../phases/after-prepare-nodes.ts';
import { applications } from '../phases/applications.ts';
import { beforePrepareNodes } from '../phases/before-prepare-nodes.ts';
import { checkHosts } from '../phases/check-hosts.ts';
import { ci } from '../phases/ci.ts';
import { git } from '../phases/git.ts';
import { gitops } from '../phases/gitops.ts';
import { initControlPlane } from '../phases/init-control-plane.ts';
import { joinNodes } from '../phases/join-nodes.ts';
import { loadImages, loadRest } from '../phases/load-images.ts';
import { network } from '../phases/network.ts';
import { platformRepository } from '../phases/platform-repository.ts';
import { prepareNodes } from '../phases/prepare-nodes.ts';
import { registry } from '../phases/registry.ts';
import { secrets } from '../phases/secrets.ts';
import { seedImages, seedRest } from '../phases/seed-images.ts';
import { sendAgent } from '../phases/send-agent.ts';
import { storage } from '../phases/storage.ts';
import { watchNodes } from '../phases/watch-nodes.ts';
import { machinesOf } from './machines-of.ts';
import { rememberBundle } from './remembered-bundle.ts';

/** What install does, in order. This list is the table of contents of the product. */
const installPhases: readonly Phase[] = [
  checkHosts,
  sendAgent,
  seedImages,
  seedRest,
  beforePrepareNodes,
  prepareNodes,
  afterPrepareNodes,
  loadImages,
  initControlPlane,
  joinNodes,
  network,
  storage,
  loadRest,
  registry,
  git,
  secrets,
  gitops,
  platformRepository,
  ci,
  applications,
  afterInstall,
  watchNodes,
];

export async function planInstall(setup: EngineSetup): Promise<PlanDocument> {
  return planPhases(installPhases, setup);
}

/**
 * Installs the site, or goes on where an earlier run stopped. On an installed site it does nothing. With an approved plan it does
 * what stands in there and nothing else, or refuses: E_PLAN_STALE before anything is changed, E_PLAN_MISFIT on the way.
 */
export async function install(setup: EngineSetup, approved?: SavedPlan): Promise<readonly PhaseResult[]> {
  if (approved !== undefined)
    await assertStillApproved(approved, await planInstall(setup), await machinesOf(setup));
  await rememberBundle(setup.site.directory, setup.bundle.path);
  return applyPhases(installPhases, approved === undefined ? setup : { ...setup, approved });
}
