import { agentCommand } from '../agent/agent-command.ts';
import { askFacts, hasAgent } from '../agent/ask-facts.ts';
import { isPerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { count } from '../base/units.ts';
import type { HostHands, HostPool } from '../hosts/host.ts';
import { openHostPool } from '../hosts/pool.ts';
import { type Survey, surveyHost } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';
import { onEveryNode } from './on-every-node.ts';

export interface SurveyedNode {
  readonly node: SiteNode;
  readonly survey: Survey;
}

export interface SurveyOptions {
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly only?: (node: SiteNode) => boolean;
}

/** The long look at the nodes of a site. Raises what keeps any of them from being looked at, all at once. */
export async function surveySite(site: Site, options: SurveyOptions): Promise<readonly SurveyedNode[]> {
  const hosts = openHostPool(site);
  try {
    return await surveyNodes(
      hosts,
      options.only === undefined ? site.nodes : site.nodes.filter(options.only),
      options,
    );
  } finally {
    await hosts.close();
  }
}

/** The same on connections that are there already. */
export async function surveyNodes(
  hosts: HostPool,
  nodes: readonly SiteNode[],
  { events, signal }: Omit<SurveyOptions, 'only'>,
): Promise<readonly SurveyedNode[]> {
  const scope = ['survey'];
  const note = (text: string): void => events.emit({ kind: 'note', scope, text });
  return await step(events, scope, `Look at ${count(nodes.length, 'host')}`, () =>
    onEveryNode('survey', nodes, async (node) => ({
      node,
      survey: await lookClosely(hosts.hands(node.name), note, signal),
    })),
  );
}

/**
 * The long look, and beside it what the agent sees where one was sent: whatever both tell can be held against each other. The agent is
 * a second opinion; a host that it cannot tell of is still looked at.
 */
export async function lookClosely(
  host: HostHands,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<Survey> {
  const [survey, isThere, command] = await Promise.all([
    surveyHost(host),
    hasAgent(host),
    agentCommand(host),
  ]);
  if (!isThere) return survey;
  try {
    return survey.with(await askFacts(host, command, signal));
  } catch (error) {
    if (!isPerimeterError(error, 'E_AGENT')) throw error;
    note(`${host.name} was looked at without its agent. ${error.message}`);
    return survey;
  }
}
