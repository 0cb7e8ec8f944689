import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PerimeterEvent, silentEvents } from '../../installer/base/events.ts';
import { openHostPool } from '../../installer/hosts/pool.ts';
import {
  egressCount,
  hostOf,
  killHost,
  type Lab,
  labDown,
  labStatus,
  labUp,
  linkDown,
  linkUp,
  readLab,
  rebootHost,
  skewClock,
  startHost,
} from '../../installer/lab/lab.ts';
import { playbookModules } from '../../installer/playbook/modules.ts';
import type { SiteNode } from '../../installer/site/site.ts';
import { noTraces, tracesOf } from './lab-traces.ts';
import { onHost } from './on-host.ts';

/** Lab hosts: bare, shut in, and gone without a trace. The tests of a block build on one another. */
const name = `lh${process.pid}`;
const neighbour = `${name}b`;
const minute = 60_000;
let stateHome: string;
const instances = (): Promise<string> => readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8');

beforeAll(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'perimeter-lab-'));
  process.env['XDG_STATE_HOME'] = stateHome;
});

afterAll(async () => {
  await labDown(name);
  await labDown(neighbour);
  await rm(stateHome, { recursive: true, force: true });
}, minute);

describe('hosts as a site would bring them', () => {
  let lab: Lab;

  it(
    'boot with systemd, an SSH server and the keys that the lab tells',
    async () => {
      lab = await labUp({ name, hosts: 2 }, silentEvents);
      expect(lab.hosts.map((host) => host.name)).toEqual(['n1', 'n2']);
      expect(
        await onHost(lab, 'n1', 'hostname; cat /proc/1/comm; . /etc/os-release; echo $VERSION_CODENAME'),
      ).toBe('n1\nsystemd\nbookworm');
      expect(await onHost(lab, 'n2', 'hostname')).toBe('n2');
      expect(await onHost(lab, 'n2', 'systemctl is-system-running --wait')).toBe('running');
    },
    5 * minute,
  );

  it('are bare: nothing that the bundle must bring is there', async () => {
    const programs = 'containerd runc kubelet kubeadm iptables conntrack curl python3 node';
    expect(
      await onHost(lab, 'n1', `for p in ${programs}; do command -v $p; done; ls /etc/apt/sources.list.d`),
    ).toBe('');
  });

  it('have identities of their own', async () => {
    const ask =
      'cat /etc/machine-id /proc/sys/kernel/random/boot_id /etc/ssh/ssh_host_ed25519_key.pub /sys/class/net/host0/address';
    const [first, second] = [await onHost(lab, 'n1', ask), await onHost(lab, 'n2', ask)];
    expect(first.split('\n')).toHaveLength(4);
    first.split('\n').forEach((line, index) => expect(line).not.toBe(second.split('\n')[index]));
  });

  it('reach one another and the installer, and have no other route and no resolver', async () => {
    const connect = `(exec 3<>/dev/tcp/${lab.hosts[1]?.address}/22) && echo reached`;
    expect(await onHost(lab, 'n1', connect)).toBe('reached');
    expect(
      await onHost(
        lab,
        'n1',
        'ip -o route show table all default; ip -o -6 route show default; cat /etc/resolv.conf',
      ),
    ).toBe('');
    expect(await onHost(lab, 'n1', 'getent hosts perimeter.invalid || echo unknown')).toBe('unknown');
    expect(await egressCount(lab)).toEqual({ packets: 0, bytes: 0 });
  });

  it.each([
    ['through the installer', 'ip route add default via GATEWAY', '198.51.100.7'],
    ['to the documentation network', 'ip route add default via GATEWAY', '192.0.2.1'],
    ['on the wire itself', 'ip route add default dev host0', '203.0.113.7'],
  ])('are counted and stopped when they try to leave %s', async (_way, route, target) => {
    const before = await egressCount(lab);
    await onHost(
      lab,
      'n1',
      `${route.replace('GATEWAY', lab.gateway)}; echo x > /dev/udp/${target}/9; sleep 0.3; ip route del default`,
    );
    const after = await egressCount(lab);
    expect(after.packets).toBeGreaterThan(before.packets);
    expect(after.bytes).toBeGreaterThan(before.bytes);
  });

  it("are counted when they ask the installer's machine for names", async () => {
    const before = await egressCount(lab);
    await onHost(lab, 'n2', `echo x > /dev/udp/${lab.gateway}/53`);
    expect((await egressCount(lab)).packets).toBeGreaterThan(before.packets);
  });

  it('can run containers: cgroups, overlay file systems below /var, mounts that spread', async () => {
    const script = [
      'set -e; cd /var/tmp; mkdir l u w m',
      'mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m && umount m && echo overlay',
      'for c in /sys/fs/cgroup /sys/fs/cgroup/memory; do [ -e $c/cgroup.procs ] && mkdir $c/try && rmdir $c/try && echo cgroup; done',
      'grep -q "^.* / / .*shared:" /proc/self/mountinfo && echo shared',
      'test -c /dev/kmsg && ip link add try0 type bridge && ip link del try0 && echo bridge',
    ];
    expect(await onHost(lab, 'n1', script.join('\n'))).toBe('overlay\ncgroup\nshared\nbridge');
  });

  it('are left alone by a second up', async () => {
    const before = await labStatus(name);
    const events: PerimeterEvent[] = [];
    const again = await labUp({ name }, { emit: (event) => events.push(event) });
    expect(again).toEqual(lab);
    expect(
      events
        .filter((event) => event.kind === 'skip')
        .map((event) => event.scope.at(-1))
        .toSorted(),
    ).toEqual(['n1', 'n2']);
    expect((await labStatus(name))?.hosts.map((host) => host.leaderPid)).toEqual(
      before?.hosts.map((host) => host.leaderPid),
    );
  });

  it('cannot be fewer than they are', async () => {
    await expect(labUp({ name, hosts: 1 }, silentEvents)).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

describe('faults', () => {
  let lab: Lab;
  const bootId = (host: string): Promise<string> => onHost(lab, host, 'cat /proc/sys/kernel/random/boot_id');

  it(
    'a reboot keeps the disk and the address',
    async () => {
      lab = (await readLab(name)) as Lab;
      const before = await bootId('n1');
      await onHost(lab, 'n1', 'echo kept > /etc/kept; echo kept > /var/lib/kept');
      await rebootHost(lab, 'n1');
      expect(await bootId('n1')).not.toBe(before);
      expect(await onHost(lab, 'n1', 'cat /etc/kept /var/lib/kept')).toBe('kept\nkept');
    },
    minute,
  );

  it(
    'the module reboot boots a host once more, and comes back when it answers',
    async () => {
      const before = await bootId('n2');
      const { address, hostKey } = hostOf(lab, 'n2');
      const ssh = { user: 'root', port: 22, hostKey, keyFile: lab.keyFile };
      const pool = openHostPool({ nodes: [{ name: 'n2', address, ssh } as SiteNode] });
      try {
        const host = pool.hands('n2');
        const module = playbookModules['reboot'];
        const context = { variables: {}, directory: '/nowhere', quiet: false };
        await module?.apply({}, await module.inspect({}, host, context), host, context);
        expect(await bootId('n2')).not.toBe(before);
      } finally {
        await pool.close();
      }
    },
    2 * minute,
  );

  it(
    'a reboot asked for inside boots the host again',
    async () => {
      const before = await bootId('n2');
      await onHost(
        lab,
        'n2',
        'systemd-run --quiet --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot',
      );
      await expect
        .poll(() => bootId('n2').catch(() => before), { timeout: minute, interval: 500 })
        .not.toBe(before);
    },
    minute,
  );

  it(
    'a power cut stops a host at once, and only up or start brings it back',
    async () => {
      const other = await bootId('n2');
      await killHost(lab, 'n1');
      expect((await labStatus(name))?.hosts.map((host) => host.state)).toEqual(['off', 'running']);
      await labUp({ name }, silentEvents);
      expect((await labStatus(name))?.hosts.map((host) => host.state)).toEqual(['running', 'running']);
      expect(await bootId('n2')).toBe(other);
      await killHost(lab, 'n2');
      await startHost(lab, 'n2');
      expect(await bootId('n2')).not.toBe(other);
    },
    minute,
  );

  it(
    'a pulled cable cuts a host off until it is put back',
    async () => {
      await linkDown(lab, 'n2');
      await expect(onHost(lab, 'n2', 'true')).rejects.toThrow();
      await linkUp(lab, 'n2');
      expect(await onHost(lab, 'n2', 'echo back')).toBe('back');
    },
    minute,
  );

  it(
    'a wrong clock is what sessions see, until it is set right',
    async () => {
      const skew = async (): Promise<number> =>
        Number(await onHost(lab, 'n1', 'date +%s')) - Date.now() / 1000;
      await skewClock(lab, 'n1', 600);
      expect(Math.abs((await skew()) - 600)).toBeLessThan(30);
      await skewClock(lab, 'n1', -3600);
      expect(Math.abs((await skew()) + 3600)).toBeLessThan(30);
      await skewClock(lab, 'n1', 0);
      expect(Math.abs(await skew())).toBeLessThan(30);
    },
    minute,
  );

  it(
    'a memory limit holds, and a lab with one stands beside one without',
    async () => {
      const limited = await labUp({ name: neighbour, hosts: 1, memoryBytes: 2 ** 28 }, silentEvents);
      expect(limited.subnetCidr).not.toBe(lab.subnetCidr);
      expect(
        await onHost(limited, 'n1', 'head -c 600M /dev/zero | tail -c 500M > /dev/null || echo refused'),
      ).toBe('refused');
      const alive = `(exec 3<>/dev/tcp/${lab.hosts[0]?.address}/22) 2>/dev/null || echo apart`;
      expect(await onHost(limited, 'n1', alive)).toBe('apart');
      await labDown(neighbour);
      expect(await onHost(lab, 'n1', 'echo untouched')).toBe('untouched');
    },
    minute,
  );
});

describe('down', () => {
  it(
    'leaves no process, mount, interface, cgroup, table or file behind',
    async () => {
      const lab = (await readLab(name)) as Lab;
      await onHost(
        lab,
        'n1',
        'mkdir -p /var/lib/x /x; mount -t tmpfs x /var/lib/x; mount --bind /var/lib/x /x; systemd-run --quiet sleep 1000',
      );
      const before = await tracesOf(name);
      for (const [kind, found] of Object.entries(before))
        expect(found, `${kind} are looked for in vain`).not.toEqual([]);
      await labDown(name);
      expect(await tracesOf(name)).toEqual(noTraces);
      expect(await readLab(name)).toBeUndefined();
    },
    minute,
  );

  it('does nothing when there is nothing', async () => {
    await labDown(name);
    expect(await tracesOf(name)).toEqual(noTraces);
  });

  it(
    "puts the machine's settings back unless another lab needs them",
    async () => {
      const others = await readFile('/run/perimeter-lab/settings.json', 'utf8').catch(() => undefined);
      const before = await instances();
      await labUp({ name, hosts: 1 }, silentEvents);
      expect(Number(await instances())).toBeGreaterThanOrEqual(8192);
      await labDown(name);
      if (others === undefined) expect(await instances()).toBe(before);
      else
        expect(JSON.parse(others)).toMatchObject({
          before: { 'fs/inotify/max_user_instances': expect.any(String) },
        });
    },
    minute,
  );
});
