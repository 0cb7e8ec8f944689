import { assertDefect } from '../base/errors.ts';
import { definePhase, type Hands, type Look, nodeTarget, type Phase, type Target } from '../engine/phase.ts';
import type { HostView } from '../hosts/host.ts';
import { ensureNodeCredentials, nodeVariables } from '../parts/node/node-variables.ts';
import { applyPlaybookChange, settlePlaybook } from '../playbook/apply-playbook.ts';
import { hostsOfSite } from '../playbook/known-hosts.ts';
import { loadPlaybook } from '../playbook/load-playbook.ts';
import type { Playbook } from '../playbook/playbook.ts';
import {
  inspectPlaybook,
  type PlaybookChangeData,
  planPlaybook,
  resultsOf,
} from '../playbook/playbook-changes.ts';
import type { RegisteredResults } from '../playbook/registered-results.ts';
import { withTags } from '../playbook/tags.ts';
import { undoingFailure } from '../playbook/undoing-tasks.ts';
import type { Variables } from '../playbook/variables.ts';
import type { PlayLook } from '../playbook/waiting-tasks.ts';
import type { Site, SiteNode } from '../site/site.ts';

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
    const reading = read.get(site) ?? loadPlaybook(path, hostsOfSite(site)).then((all) => withTags(all, []));
    read.set(site, reading);
    return reading;
  };
  // What was registered when a node was looked at last: its changes are made by that, and not by what they themselves bring about.
  const registered = new WeakMap<SiteNode, RegisteredResults>();
  return definePhase<readonly PlayLook[], PlaybookChangeData>({
    name,
    title,
    targets: (site) => (file(site) === undefined ? [] : site.nodes.map(nodeTarget)),
    estimate: (changes) => ({ ms: usualMsPerTask * changes.length }),
    async inspect(target, look) {
      const playbook = await playbookOf(look.site);
      const node = await onNode(target, look, look.host(target.name));
      const looks = await inspectPlaybook(playbook, node);
      registered.set(node.node, resultsOf(looks));
      return looks;
    },
    plan: planPlaybook,
    async apply(change, target, hands) {
      await ensureNodeCredentials(hands);
      const playbook = await playbookOf(hands.site);
      const node = await onNode(target, hands, hands.host(target.name));
      await applyPlaybookChange(playbook, change, {
        ...node,
        results: registered.get(node.node) ?? new Map(),
      });
    },
    async settle(target, hands) {
      const playbook = await playbookOf(hands.site);
      const left = await settlePlaybook(playbook, await onNode(target, hands, hands.host(target.name)));
      if (left.length > 0) throw undoingFailure(target.name, left);
    },
  });
}

async function onNode<Host extends HostView>(
  target: Target,
  sight: Look | Hands,
  host: Host,
): Promise<{ node: SiteNode; host: Host; groups: readonly string[]; variables: Variables }> {
  assertDefect(target.kind === 'node', 'playbooks are run node by node');
  const { node } = target;
  return { node, host, groups: node.roles, variables: await nodeVariables(node, sight) };
}
