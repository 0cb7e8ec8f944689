import { step } from '../base/events.ts';
import { count } from '../base/units.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { type MachineReport, machineReport } from '../hardware/machine-report.ts';
import { surveyHost } from '../hosts/survey.ts';
import { onEveryNode } from './on-every-node.ts';

/**
 * What the machines of a site are made of. The agent is not asked: it comes only with the installation, and what it tells would make the
 * same machine look different afterwards.
 */
export async function machinesOf({
  site,
  hosts,
  events,
}: Pick<EngineSetup, 'site' | 'hosts' | 'events'>): Promise<readonly MachineReport[]> {
  const title = `Look what ${count(site.nodes.length, 'machine is', 'machines are')} made of`;
  return await step(events, ['machines'], title, () =>
    onEveryNode('survey', site.nodes, async ({ name }) =>
      machineReport(name, await surveyHost(hosts.hands(name))),
    ),
  );
}
