import { describe, expect, it } from 'vitest';
import { type Drift, lookAtNodes } from '../../../installer/actions/drift.ts';
import { describeDrift } from '../../../installer/cli/drift-text.ts';
import { describeStatus } from '../../../installer/cli/status.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { watchPaths } from '../../../installer/parts/watch/watch-paths.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import { watchNodes } from '../../../installer/phases/watch-nodes.ts';
import { noted, pathItem } from '../../fixtures/audit-log.ts';
import { memoryWorld } from '../phases/memory-world.ts';
import { ownFolder } from '../phases/own-folder.ts';

const credentials = await ownFolder();
const [cron, key] = ['/etc/cron.d/evil', '/root/.ssh/authorized_keys'];
const log = noted({
  stamp: '1772359200.123:4242',
  comm: '"deploy"',
  exe: '"/usr/bin/python3.11"',
  paths: [pathItem('"/etc/cron.d/"', 131, 'PARENT'), pathItem(`"${cron}"`, 4711, 'CREATE')],
});

/** Two watched nodes, on each of which somebody left a cron entry and a key and stopped a unit; the first has an audit log. */
async function changedByHand(): Promise<Drift> {
  const { setup, hosts } = await memoryWorld(2, credentials);
  hosts[0]?.files.edit('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\n');
  await applyPhases([prepareNodes, watchNodes], setup);
  for (const { files, machine } of hosts) {
    files.edit(cron, '* * * * * root true\n');
    files.edit(key, 'ssh-ed25519 stranger\n');
    machine.unit('containerd.service').active = false;
  }
  hosts[0]?.files.edit(watchPaths.auditLog, log);
  return { nodes: await lookAtNodes(setup), plan: await planPhases([prepareNodes, watchNodes], setup) };
}

describe('what was changed by hand on nodes', () => {
  it('has who and when where the audit log of that node has a record, and all else where it has none', async () => {
    const { nodes } = await changedByHand();
    const about = nodes.map(({ node, differences }) => [
      node,
      differences.map(({ kind, name, audited }) => [`${kind} ${name}`, audited?.login]),
    ]);
    const both = (login: string | undefined): unknown => [
      [`file ${cron}`, login],
      [`file ${key}`, undefined],
      ['unit containerd.service', undefined],
    ];
    expect(about).toEqual([
      ['n1', both('kim')],
      ['n2', both(undefined)],
    ]);
  });

  it('is said with who in drift and in status', async () => {
    const drift = await changedByHand();
    const who =
      'who     kim as root with /usr/bin/python3.11 (deploy), at 2026-03-01T10:00:00Z in the audit log';
    const status = describeStatus(drift.plan, drift.nodes);
    for (const text of [describeDrift(drift, drift, 'look'), status]) {
      expect(text.split(who)).toHaveLength(2);
      expect(text).toMatch(
        /\nn1\n {2}file \/etc\/cron\.d\/evil\n {4}wanted {2}nothing there\n {4}found .*\n {4}when .*\n {4}who /,
      );
    }
    expect(status).toMatch(
      /^Site unit differs from what is declared in \d+ places\. What would put it right:/,
    );
    expect(status).toContain('\nSite unit: changed by hand, as nodes see it.\n\nn1\n');
  });
});
