import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../installer/base/condition.ts';
import { type Lab, readLab } from '../../installer/lab/lab.ts';
import { onHost } from './on-host.ts';
import { lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * What is changed by hand below Kubernetes on a finished site: the node itself tells the cluster, `perimeter drift` names it, and it is put
 * back or accepted. Works on the site that is named: PERIMETER_LAB=try PERIMETER_SITE=site/try npm run test:lab -- 31-drift
 */
const name = process.env['PERIMETER_LAB'] ?? 'try';
const siteDirectory = process.env['PERIMETER_SITE'] ?? 'site/try';
const minutes = 60_000;

interface Found {
  readonly node: string;
  readonly differences: readonly {
    readonly kind: string;
    readonly name: string;
    readonly firstSeenMs?: number;
    readonly changedMs?: number;
  }[];
}

async function theLab(): Promise<Lab> {
  const found = await readLab(name);
  if (found === undefined) throw new Error(`lab ${name} is not there`);
  return found;
}

/** What `perimeter drift` found before it did anything, as "n1 file /etc/x". */
async function drift(...options: readonly string[]) {
  const ended = await runPerimeter(['drift', siteDirectory, ...options]);
  const data = ended.lines.find((line) => line.kind === 'result')?.['data'] as
    | { before: { nodes: readonly Found[] }; after: { nodes: readonly Found[] } }
    | undefined;
  const named = (nodes: readonly Found[] = []): readonly string[] =>
    nodes.flatMap(({ node, differences }) => differences.map((one) => `${node} ${one.kind} ${one.name}`));
  return {
    ended,
    nodes: data?.before.nodes ?? [],
    before: named(data?.before.nodes),
    after: named(data?.after.nodes),
  };
}

/** Status of the condition by which a node tells that somebody changed it. */
function condition(lab: Lab, node: string): Promise<string> {
  const path = `{.status.conditions[?(@.type=="Drifted")].status}`;
  return onHost(
    lab,
    'n1',
    `KUBECONFIG=/etc/kubernetes/admin.conf kubectl get node ${node} -o jsonpath='${path}'`,
  );
}

const onN2 = [
  'echo "* * * * * root true" > /etc/cron.d/stranger',
  'echo "ssh-ed25519 AAAA stranger" >> /root/.ssh/authorized_keys',
  'printf "[Service]\\nExecStart=/bin/sleep 1000\\n" > /etc/systemd/system/stranger.service',
  'systemctl start stranger',
  'echo "# mine" >> /etc/kubernetes/manifests/kube-scheduler.yaml',
  'echo "# mine" >> /var/lib/kubelet/config.yaml',
  'chmod 666 /etc/hosts',
];
const onN3 = [
  'sysctl -qw net.ipv4.ip_forward=0',
  'echo "# mine" >> /etc/containerd/config.toml',
  'systemctl stop kubelet',
  'systemctl disable haproxy',
];

describe('nodes that somebody changed by hand', () => {
  it(
    'are as declared to begin with',
    async () => {
      const { ended } = await drift('--heal');
      expect(ended.exitCode, lastWords(ended)).toBe(0);
      expect((await drift()).ended.exitCode).toBe(0);
      // The same by the verb for people who know playbooks: every node, every task.
      const { exitCode, lines } = await runPerimeter(['playbook', 'check', siteDirectory]);
      const data = lines.find((line) => line.kind === 'result')?.['data'] as
        | { hosts: { host: string; ok: number; changed: number }[] }
        | undefined;
      expect(exitCode).toBe(0);
      expect(data?.hosts.map(({ host, changed }) => `${host} ${changed}`)).toEqual(['n1 0', 'n2 0', 'n3 0']);
      for (const { ok } of data?.hosts ?? []) expect(ok).toBeGreaterThan(30);
    },
    5 * minutes,
  );

  it(
    'tell the cluster themselves, without any installer',
    async () => {
      const lab = await theLab();
      const silent = async (node: string): Promise<true | undefined> =>
        (await condition(lab, node)) === 'False' ? true : undefined;
      for (const node of ['n2', 'n3'])
        await waitFor({
          description: `${node} says that it is as declared`,
          timeoutMs: 5 * minutes,
          probe: () => silent(node),
        });
      await onHost(lab, 'n2', onN2.join('\n'));
      await onHost(lab, 'n3', onN3.join('\n'));
      for (const node of ['n2', 'n3'])
        await waitFor({
          description: `${node} says that it was changed`,
          timeoutMs: 5 * minutes,
          intervalMs: 2000,
          probe: async () => ((await condition(lab, node)) === 'True' ? true : undefined),
        });
      expect(await onHost(lab, 'n2', 'journalctl -u perimeter-watch -o cat')).toContain(
        'file /etc/cron.d/stranger is not as declared',
      );
    },
    12 * minutes,
  );

  it(
    'are named by perimeter drift, with every item and since when',
    async () => {
      const { ended, before, nodes } = await drift();
      expect(ended.exitCode, lastWords(ended)).toBe(4);
      expect(before.toSorted()).toEqual(
        [
          'n2 file /etc/cron.d/stranger',
          'n2 file /etc/hosts',
          'n2 file /etc/kubernetes/manifests/kube-scheduler.yaml',
          'n2 file /etc/systemd/system/stranger.service',
          'n2 file /root/.ssh/authorized_keys',
          'n2 file /var/lib/kubelet/config.yaml',
          'n3 file /etc/containerd/config.toml',
          'n3 file /etc/systemd/system/multi-user.target.wants/haproxy.service',
          'n3 sysctl net.ipv4.ip_forward',
          'n3 unit haproxy.service',
          'n3 unit kubelet.service',
        ].toSorted(),
      );
      const recent = (ms: number | undefined): boolean => ms !== undefined && Date.now() - ms < 15 * minutes;
      for (const { differences } of nodes)
        for (const one of differences) expect(recent(one.firstSeenMs), one.name).toBe(true);
      const cron = nodes
        .flatMap(({ differences }) => differences)
        .find((one) => one.name.endsWith('cron.d/stranger'));
      expect(recent(cron?.changedMs)).toBe(true);
    },
    5 * minutes,
  );

  it(
    'are put back',
    async () => {
      const lab = await theLab();
      const { ended, after } = await drift('--heal');
      expect(ended.exitCode, lastWords(ended)).toBe(0);
      expect(after).toEqual([]);
      const n2 = await onHost(
        lab,
        'n2',
        'ls /etc/cron.d; systemctl is-active stranger || true; stat -c %a /etc/hosts; cat /root/.ssh/authorized_keys',
      );
      expect(n2).not.toMatch(/stranger/);
      expect(n2).toContain('644');
      expect(
        await onHost(lab, 'n3', 'sysctl -n net.ipv4.ip_forward; systemctl is-active kubelet haproxy'),
      ).toBe('1\nactive\nactive');
      await waitFor({
        description: 'n2 and n3 say that they are as declared',
        timeoutMs: 5 * minutes,
        intervalMs: 2000,
        probe: async () =>
          (await condition(lab, 'n2')) === 'False' && (await condition(lab, 'n3')) === 'False'
            ? true
            : undefined,
      });
    },
    12 * minutes,
  );

  it(
    'stay changed where an operator accepts it, and the journal says why',
    async () => {
      const lab = await theLab();
      await onHost(lab, 'n1', 'echo "30 2 * * * root true" > /etc/cron.d/backup');
      expect((await drift()).before).toEqual(['n1 file /etc/cron.d/backup']);
      const { ended, after } = await drift('--accept', 'CHG-1042: nightly backup');
      expect(ended.exitCode, lastWords(ended)).toBe(0);
      expect(after).toEqual([]);
      const plan = await runPerimeter(['plan', siteDirectory, '--check']);
      expect(plan.exitCode, lastWords(plan)).toBe(0);
      await onHost(lab, 'n1', 'rm /etc/cron.d/backup');
      await drift('--accept', 'CHG-1042: taken back');
    },
    8 * minutes,
  );
});
