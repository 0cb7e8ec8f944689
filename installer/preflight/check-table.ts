import type { Check } from './check.ts';
import { betweenNodesChecks } from './checks/between-nodes.ts';
import { clockChecks } from './checks/clock.ts';
import { crossNodeChecks } from './checks/cross-node.ts';
import { declaredMachineChecks } from './checks/declared-machine.ts';
import { diskChecks } from './checks/disk.ts';
import { diskHealthChecks } from './checks/disk-health.ts';
import { frozenMachineChecks } from './checks/frozen-machine.ts';
import { identityChecks } from './checks/identity.ts';
import { kernelChecks } from './checks/kernel.ts';
import { kernelLimitChecks } from './checks/kernel-limits.ts';
import { leftoverChecks } from './checks/leftovers.ts';
import { managementControllerChecks } from './checks/management-controller.ts';
import { memoryChecks } from './checks/memory.ts';
import { networkChecks } from './checks/network.ts';
import { processorChecks } from './checks/processor.ts';
import { profileDemandChecks } from './checks/profile-demands.ts';
import { systemChecks } from './checks/system.ts';
import { wayOutChecks } from './checks/way-out.ts';
import { wholeSiteChecks } from './checks/whole-site.ts';

/** Every check of preflight. `perimeter check` runs all of them; install runs those that are required. */
export const checkTable: readonly Check[] = [
  ...wholeSiteChecks,
  ...identityChecks,
  ...declaredMachineChecks,
  ...managementControllerChecks,
  ...frozenMachineChecks,
  ...processorChecks,
  ...profileDemandChecks,
  ...memoryChecks,
  ...diskChecks,
  ...diskHealthChecks,
  ...systemChecks,
  ...kernelChecks,
  ...kernelLimitChecks,
  ...networkChecks,
  ...wayOutChecks,
  ...clockChecks,
  ...leftoverChecks,
  ...crossNodeChecks,
  ...betweenNodesChecks,
];

/** What install asks before it changes anything. */
export const requiredChecks: readonly Check[] = checkTable.filter(({ required }) => required === true);
