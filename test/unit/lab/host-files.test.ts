import { describe, expect, it } from 'vitest';
import { hostFiles, maskedSettings, maskedUnits } from '../../../installer/lab/host-files.ts';

const spec = {
  name: 'n2',
  address: '172.30.7.12',
  prefixLength: 24,
  machineId: '0123456789abcdef0123456789abcdef',
  authorizedKey: 'ssh-ed25519 AAAA lab\n',
} as const;

const unitFor = (cgroupKind: 'v1' | 'v2'): string =>
  hostFiles({ ...spec, cgroupKind }).find((file) => file.path.endsWith('lab-host.service'))?.content ?? '';

describe('files of a lab host', () => {
  it('give it a name, a machine id and the key that opens it', () => {
    const files = new Map(hostFiles({ ...spec, cgroupKind: 'v2' }).map((file) => [file.path, file]));
    expect(files.get('etc/hostname')?.content).toBe('n2\n');
    expect(files.get('etc/hosts')?.content).toContain('127.0.1.1\tn2\n');
    expect(files.get('etc/machine-id')).toMatchObject({ content: `${spec.machineId}\n`, mode: 0o444 });
    expect(files.get('root/.ssh/authorized_keys')).toMatchObject({
      content: 'ssh-ed25519 AAAA lab\n',
      mode: 0o600,
    });
  });

  it('give it an address and no route', () => {
    expect(unitFor('v2')).toContain('ExecStart=/sbin/ip address replace 172.30.7.12/24 dev host0');
    expect(unitFor('v2')).not.toMatch(/route|gateway|default via/i);
  });

  it('open cgroup v1 folders for writing, and leave v2 alone', () => {
    expect(unitFor('v1')).toContain('remount,bind,rw');
    expect(unitFor('v2')).not.toContain('cgroup/');
  });

  it('keep it from changing the machine and from asking outside', () => {
    expect(maskedUnits).toContain('apt-daily.timer');
    expect(maskedUnits).toContain('systemd-timesyncd.service');
    expect(maskedSettings).toContain('50-pid-max.conf');
  });
});
