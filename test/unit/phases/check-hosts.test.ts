import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import { makePrivateKey, signerOf } from '../../../installer/base/signature.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { freezeReport } from '../../../installer/hardware/frozen-report.ts';
import { machineReport } from '../../../installer/hardware/machine-report.ts';
import { surveyHost } from '../../../installer/hosts/survey.ts';
import { checkHosts } from '../../../installer/phases/check-hosts.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { folderOf } from '../hardware/catalogue-folder.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';

describeHostPhase(checkHosts, () => memoryWorld(3));

async function refusal(spoil: (hosts: readonly MemoryHost[]) => void): Promise<PerimeterError> {
  const world = await memoryWorld(3);
  spoil(world.hosts);
  const before = world.hosts.map(({ machine }) => machine.snapshot());
  const error = await applyPhases([checkHosts], world.setup).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PerimeterError);
  expect(world.hosts.map(({ machine }) => machine.snapshot())).toEqual(before);
  expect(world.hosts.flatMap(({ changes }) => changes)).toEqual([]);
  return error as PerimeterError;
}

const facts = (host: MemoryHost | undefined, more: MemoryHost['machine']['facts']): void => {
  if (host !== undefined) host.machine.facts = { ...host.machine.facts, ...more };
};

function unreachable(host: MemoryHost | undefined, code: 'E_HOST_UNREACHABLE' | 'E_HOST_KEY'): void {
  if (host === undefined) return;
  host.query = async () => {
    throw new PerimeterError(code, { message: `${host.name}: no`, hint: `look at ${host.name}` });
  };
}

describe('check-hosts', () => {
  it('marks fit hosts as nodes of the site, and plans nothing afterwards', async () => {
    const world = await memoryWorld(3);
    const plan = await planPhases([checkHosts], world.setup);
    expect(plan.phases[0]?.targets[0]?.changes.map(({ id }) => id)).toEqual([
      'mark/n1',
      'mark/n2',
      'mark/n3',
    ]);
    await applyPhases([checkHosts], world.setup);
    expect(world.hosts[1]?.files.text('/var/lib/perimeter/site.json')).toBe('{"site":"unit","node":"n2"}\n');
  });

  it('names everything that speaks against all hosts at once, and changes nothing', async () => {
    const error = await refusal(([first, second]) => {
      facts(first, { swap: '/swapfile', memoryKib: '1000' });
      facts(second, { trace: '/etc/kubernetes' });
    });
    expect(error).toMatchObject({ code: 'E_CHECK_REFUSED', exitCode: 3 });
    expect(error.message).toContain('2 hosts are not fit (3 findings)');
    const found = error.findings.join('\n');
    expect(found).toMatch(/n1: memory \(HW-MEM-01\): 0 MiB, wanted at least \d+ MiB/);
    expect(found).toContain('n1: swap (HW-MEM-08): /swapfile, wanted none. swapoff -a');
    expect(found).toContain('n2: a Kubernetes that is not ours (OLD-02): /etc/kubernetes');
  });

  it('leaves a host that cannot be talked to its own error', async () => {
    const error = await refusal(([, second]) => unreachable(second, 'E_HOST_KEY'));
    expect(error).toMatchObject({ code: 'E_HOST_KEY', hint: 'look at n2', exitCode: 3 });
  });

  it('tells of it among the others when more was found', async () => {
    const error = await refusal(([first, second]) => {
      unreachable(second, 'E_HOST_UNREACHABLE');
      facts(first, { swap: '/swapfile' });
    });
    expect(error.code).toBe('E_CHECK_REFUSED');
    expect(error.findings).toHaveLength(2);
  });

  const slowDisk = { 'probe-writes': () => ({ stdout: 'place /var/lib\nperl 25000000 1500\n' }) };

  it('measures how fast control planes write before they are taken, and refuses a disk that etcd cannot live with', async () => {
    const world = await memoryWorld(1, undefined, slowDisk);
    const error = await applyPhases([checkHosts], world.setup).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_CHECK_REFUSED', exitCode: 3 });
    expect((error as PerimeterError).findings).toEqual([
      expect.stringMatching(
        /\(HW-DSK-05\): 25 ms in \/var\/lib \(1500 writes .* by perl\), wanted at most 10 ms/,
      ),
    ]);
    const waivers = [{ check: 'HW-DSK-05', reason: 'old disks', ticket: 'C-1', expires: '9999-12-31' }];
    const setup = { ...world.setup, site: { ...world.setup.site, waivers } };
    await expect(applyPhases([checkHosts], setup)).resolves.toHaveLength(1);
  });

  it('takes such a disk below a container, whose neighbours it measures, and asks no more once etcd may be there', async () => {
    const world = await memoryWorld(1, undefined, slowDisk);
    const [host] = world.hosts as [MemoryHost];
    host.machine.survey = { ...host.machine.survey, container: 'systemd-nspawn' };
    await expect(applyPhases([checkHosts], world.setup)).resolves.toHaveLength(1);
    host.queries.length = 0;
    await planPhases([checkHosts], world.setup);
    expect(host.queries.filter((query) => query.includes('survey-host'))).toHaveLength(1);
    expect(host.queries.filter((query) => query.includes('probe-writes'))).toEqual([]);
  });

  it('refuses where nobody could look for a way out, and names what is missing', async () => {
    const lacking = { 'probe-outside': () => ({ stdout: 'lacks perl\nname unknown\n' }) };
    const world = await memoryWorld(1, undefined, lacking);
    const [host] = world.hosts as [MemoryHost];
    host.machine.survey = { ...host.machine.survey, has: ['getent'] };
    const error = await applyPhases([checkHosts], world.setup).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_CHECK_REFUSED', exitCode: 3 });
    expect((error as PerimeterError).findings.join('\n')).toContain(
      'no way out (NET-05): perl is not installed, wanted no answer from any address outside, or no route to it. apt-get install perl-base',
    );
  });

  it('does not refuse for what is only advised', async () => {
    const world = await memoryWorld(1);
    facts(world.hosts[0], { cores: '2', cgroup: '1' });
    await expect(applyPhases([checkHosts], world.setup)).resolves.toHaveLength(1);
  });

  it('takes a waiver for what may be waived', async () => {
    const world = await memoryWorld(1);
    facts(world.hosts[0], { swap: '/swapfile' });
    const waivers = [{ check: 'HW-MEM-08', reason: 'old host', ticket: 'C-1', expires: '9999-12-31' }];
    const setup = { ...world.setup, site: { ...world.setup.site, waivers } };
    const plan = await planPhases([checkHosts], setup);
    expect(plan.phases[0]?.targets[0]?.changes[0]?.sentence).toBe(
      'mark the host n1 as a node of site unit; accepted in writing: HW-MEM-08 (/swapfile) by C-1 until 9999-12-31',
    );
    await expect(applyPhases([checkHosts], setup)).resolves.toHaveLength(1);
  });

  it('refuses a machine that is not as it was frozen, and takes it again when it is', async () => {
    const world = await memoryWorld(1);
    const signer = signerOf(makePrivateKey(undefined), undefined);
    const trust = { bundleKeys: [{ name: 'builder', publicKey: signer.publicKey }], importerKeys: [] };
    const site = { ...world.setup.site, directory: await folderOf(), trust };
    const [host] = world.hosts as [MemoryHost];
    await freezeReport(site, [machineReport('n1', await surveyHost(host))], signer, new Date());
    const setup = { ...world.setup, site };
    facts(host, { cores: '8' });
    const error = await applyPhases([checkHosts], setup).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_CHECK_REFUSED' });
    expect((error as PerimeterError).findings).toEqual([
      expect.stringContaining('n1: machine as it was frozen (FRZ-02): cores: frozen 4, found 8'),
    ]);
    facts(host, { cores: '4' });
    await expect(applyPhases([checkHosts], setup)).resolves.toHaveLength(1);
    await rm(join(site.directory, 'hardware-report.json'));
    await expect(applyPhases([checkHosts], setup)).rejects.toMatchObject({
      code: 'E_CHECK_REFUSED',
      findings: [
        expect.stringMatching(/hardware report \(FRZ-01\): .* is gone.*hardware unfreeze SITE --reason/),
      ],
    });
  });
});
