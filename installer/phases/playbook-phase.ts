import { assertDefect } from '../base/errors.ts';
import { definePhase, type Hands, type Look, nodeTarget, type Phase, type Target } from '../engine/phase.ts';
import type { HostView } from '../hosts/host.ts';
import { ensureNodeCredentials, nodeVariables } from '../parts/node/node-variables.ts';
import { loadPlaybook } from '../playbook/load-playbook.ts';
import type { PlayLook } from '../playbook/play-look.ts';
import type { Playbook } from '../playbook/playbook.ts';
import {
  applyPlaybookChange,
  inspectPlaybook,
  type PlaybookChangeData,
  planPlaybook,
  settlePlaybook,
} from '../playbook/playbook-changes.ts';
import type { Variables } from '../playbook/variables.ts';
import type { Site } from '../site/site.ts';

export interface PlaybookPhase {
  readonly name: string;
  readonly title: string;
  /** Path of the playbook; undefined when this site has none, and then there is nothing to do. */
  readonly file: (site: Site) => string | undefined;
}

/** Of the tasks of all hosts together, as seen on three that share two cores. */
const usualMsPerTask = 250;

/** A phase that makes a playbook true on every node. */
export function playbookPhase({ name, title, file }: PlaybookPhase): Phase {
  // Read once for a site: what it held when the run began is what is done.
  const read = new WeakMap<Site, Promise<Playbook>>();
  const playbookOf = (site: Site): Promise<Playbook> => {
    const path = file(site);
    assertDefect(path !== undefined, `${name} has no playbook here`);
    const reading = read.get(site) ?? loadPlaybook(path);
    read.set(site, reading);
    return reading;
  };
  return definePhase<readonly PlayLook[], PlaybookChangeData>({
    name,
    title,
    targets: (site) => (file(site) === undefined ? [] : site.nodes.map(nodeTarget)),
    parallel: 32,
    estimate: (changes) => ({ ms: usualMsPerTask * changes.length }),
    async inspect(target, look) {
      return inspectPlaybook(await playbookOf(look.site), await onNode(target, look, look.host(target.name)));
    },
    plan: planPlaybook,
    async apply(change, target, hands) {
      await ensureNodeCredentials(hands);
      const playbook = await playbookOf(hands.site);
      await applyPlaybookChange(playbook, change, await onNode(target, hands, hands.host(target.name)));
    },
    async settle(target, hands) {
      const playbook = await playbookOf(hands.site);
      await settlePlaybook(playbook, await onNode(target, hands, hands.host(target.name)));
    },
  });
}

async function onNode<Host extends HostView>(
  target: Target,
  sight: Look | Hands,
  host: Host,
): Promise<{ host: Host; groups: readonly string[]; variables: Variables }> {
  assertDefect(target.kind === 'node', 'playbooks are run node by node');
  return { host, groups: target.node.roles, variables: await nodeVariables(target.node, sight) };
}
