import type { HostHands } from '../../../hosts/host.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';

/** A limit, not a switch: a check must not take the node's network away while it looks. */
const sysctlKey = 'fs.inotify.max_user_instances';
const filePath = '/etc/containerd/config.toml';
const unit = 'haproxy.service';

async function driftOf(context: CheckContext, node: string): Promise<string> {
  const plan = await context.status();
  const sentences = plan.phases.flatMap((phase) =>
    phase.targets
      .filter((target) => target.name === node)
      .flatMap((target) => target.changes.map((change) => change.sentence)),
  );
  return sentences.join('; ') || 'nothing';
}

interface HandChange {
  readonly what: string;
  /** What the status must name. */
  readonly named: string;
  /** Makes the change and tells how to take it back. */
  make(host: HostHands): Promise<() => Promise<void>>;
}

const handChanges: readonly HandChange[] = [
  {
    what: 'a line added to a file',
    named: filePath,
    async make(host) {
      const content = (await host.readFile(filePath)) ?? '';
      const status = await host.status(filePath);
      await host.writeFile(filePath, `${content}# changed by hand\n`, { mode: status?.mode ?? 0o644 });
      return () => host.writeFile(filePath, content, { mode: status?.mode ?? 0o644 });
    },
  },
  {
    what: 'a sysctl changed',
    named: sysctlKey,
    async make(host) {
      const { stdout } = await host.query(['sysctl', '-n', sysctlKey]);
      const value = Number(stdout);
      await host.run(['sysctl', '-w', `${sysctlKey}=${value - 1}`]);
      return async () => void (await host.run(['sysctl', '-w', `${sysctlKey}=${value}`]));
    },
  },
  {
    what: 'a unit stopped',
    named: unit.replace('.service', ''),
    async make(host) {
      await host.run(['systemctl', 'stop', unit]);
      return async () => void (await host.run(['systemctl', 'start', unit]));
    },
  },
];

export const drf10: AcceptanceCheck = {
  id: 'DRF-10',
  title: 'A change by hand on a node is found and named',
  requirement: 'Files, sysctls and units of the nodes are watched like objects of the cluster.',
  method: 'behavioural',
  passCriterion:
    'the status names host and item for a changed file, sysctl and unit, and names none of them before and after',
  severity: 'major',
  timeoutMs: 300_000,
  async run(context) {
    const [node] = context.site.nodes;
    if (node === undefined) throw new Error('the site has no node');
    const host = context.host(node.name);
    const before = await driftOf(context, node.name);
    context.observe({
      what: `status of ${node.name} before`,
      wanted: 'nothing',
      found: before,
      ok: before === 'nothing',
    });

    const undo: (() => Promise<void>)[] = [];
    for (const { what, make } of handChanges) {
      const takeBack = await make(host);
      let isBack = false;
      const once = async (): Promise<void> => {
        if (!isBack) await takeBack();
        isBack = true;
      };
      undo.push(once);
      context.restore(`${what} on ${host.name}`, once);
      context.mark('changed', what);
    }
    const found = await driftOf(context, host.name);
    context.mark('looked', 'all of it');
    for (const { what, named } of handChanges)
      context.observe({
        what: `${what} on ${host.name}`,
        wanted: `named in the status: ${named}`,
        found,
        ok: found.includes(named),
      });
    for (const takeBack of undo.toReversed()) await takeBack();
    const after = await driftOf(context, node.name);
    context.observe({
      what: `status of ${node.name} after`,
      wanted: 'nothing',
      found: after,
      ok: after === 'nothing',
    });
  },
  mutation: {
    title: 'the node changed before the check begins',
    async apply(context) {
      const [node] = context.site.nodes;
      if (node === undefined) throw new Error('the site has no node');
      const host = context.host(node.name);
      const mode = (await host.status(filePath))?.mode ?? 0o644;
      await host.setAttributes(filePath, { mode: 0o600 });
      return () => host.setAttributes(filePath, { mode });
    },
  },
};
