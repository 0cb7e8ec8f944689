import type { Phase } from '../../../installer/engine/phase.ts';
import { applications } from '../../../installer/phases/applications.ts';
import { ci } from '../../../installer/phases/ci.ts';
import { git } from '../../../installer/phases/git.ts';
import { gitops } from '../../../installer/phases/gitops.ts';
import { loadImages, loadRest } from '../../../installer/phases/load-images.ts';
import { network } from '../../../installer/phases/network.ts';
import { platformRepository } from '../../../installer/phases/platform-repository.ts';
import { registry } from '../../../installer/phases/registry.ts';
import { secrets } from '../../../installer/phases/secrets.ts';
import { seedImages, seedRest } from '../../../installer/phases/seed-images.ts';
import { sendAgent } from '../../../installer/phases/send-agent.ts';
import { storage } from '../../../installer/phases/storage.ts';

/** The phases that are about the agent: none needs what the others do, since a node here has an older agent already. */
export const agentPhases: readonly Phase[] = [sendAgent, seedImages, seedRest, loadImages, loadRest];

/** The phases that work on a cluster that is there, in the order of an installation. */
export const sitePhases: readonly Phase[] = [
  network,
  storage,
  registry,
  git,
  secrets,
  gitops,
  platformRepository,
  ci,
  applications,
];
