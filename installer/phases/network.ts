import { chartStep } from '../engine/chart-step.ts';
import { composePhase } from '../engine/phase-step.ts';
import { networkReleases } from '../parts/network/network-releases.ts';
import { nodesReady } from '../parts/network/nodes-ready.ts';

/** Services, pod network and names; afterwards every node is Ready. */
export const network = composePhase(
  { name: 'network', title: 'Connect pods and services', usualMs: 15_000 },
  [chartStep({ releases: networkReleases }), nodesReady],
);
