import { describe, expect, it } from 'vitest';
import { cgroupKindOf, hierarchiesIn } from '../../../installer/lab/cgroups.ts';

const line = (path: string, type: string, options: string): string =>
  `33 32 0:28 / ${path} rw,nosuid shared:9 - ${type} ${type} ${options}`;

describe('what cgroups a machine has', () => {
  it('is v2 with the one hierarchy of a Debian 12', () => {
    const found = hierarchiesIn(
      [line('/', 'ext4', 'rw'), line('/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate')].join('\n'),
    );
    expect(found).toEqual([{ path: '/sys/fs/cgroup', version: 2, controllers: [] }]);
    expect(cgroupKindOf(found)).toBe('v2');
  });

  it('is v1 as soon as one controller is mounted the old way', () => {
    const found = hierarchiesIn(
      [
        line('/sys/fs/cgroup', 'tmpfs', 'rw,mode=755'),
        line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
        line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,xattr,name=systemd'),
        line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
        '',
      ].join('\n'),
    );
    expect(found).toEqual([
      { path: '/sys/fs/cgroup/cpu,cpuacct', version: 1, controllers: ['cpu', 'cpuacct'] },
      { path: '/sys/fs/cgroup/systemd', version: 1, controllers: ['name=systemd'] },
      { path: '/sys/fs/cgroup/unified', version: 2, controllers: [] },
    ]);
    expect(cgroupKindOf(found)).toBe('v1');
  });

  it("is v2 where only systemd's own old hierarchy stands beside it", () => {
    const found = hierarchiesIn(
      [
        line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd'),
        line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      ].join('\n'),
    );
    expect(cgroupKindOf(found)).toBe('v2');
  });
});
