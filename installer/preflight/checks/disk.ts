import { formatBytes, formatDuration } from '../../base/units.ts';
import { disksOf } from '../../hardware/disks.ts';
import { nodeLink } from '../../hardware/links.ts';
import type { NodeCheck } from '../check.ts';
import { atLeast, fail, none, pass, unknown, warn } from '../judgements.ts';
import { unasked, untold } from '../untold.ts';

/** On a host that has what it needs, this much must stay free. */
const alwaysFreeMib = 1024;
const advisedMib = 100 * 953;
const leastInodes = 500_000;
const longMinutes = 60;

export const diskChecks: readonly NodeCheck[] = [
  {
    id: 'HW-DSK-01',
    scope: 'node',
    title: 'free disk in /var/lib',
    why: 'Images lie there compressed and unpacked; a disk that fills up stops the node.',
    wanted: 'what this bundle and the profile need',
    remedy: 'Free the space: du -xh --max-depth=2 /var | sort -h | tail',
    required: true,
    judge: ({ survey, node, need, ours }) =>
      atLeast(survey.facts.diskFreeMib, {
        fail: ours ? alwaysFreeMib : Math.max(node.profile.minimum.diskFreeMib, need?.freeMib ?? 0),
        unit: ' MiB',
        untold: untold(survey, 'df'),
      }),
  },
  {
    id: 'HW-DSK-02',
    scope: 'node',
    title: 'size of the file system of /var/lib',
    why: 'A site lives for years: images of several versions, logs, volumes.',
    wanted: 'at least 100 GB',
    remedy: 'Give /var/lib a larger file system, best on a disk of its own.',
    judge({ survey }) {
      const size = Number(survey.one('data')?.split(' ')[1] ?? Number.NaN);
      return atLeast(Number.isFinite(size) ? Math.floor(size / 1024) : undefined, {
        warn: advisedMib,
        unit: ' MiB',
        untold: untold(survey, 'df'),
      });
    },
  },
  {
    id: 'HW-DSK-03',
    scope: 'node',
    title: 'free inodes in /var/lib',
    why: 'Unpacked images are many small files; without inodes a disk is full although it has room.',
    wanted: `at least ${leastInodes}`,
    remedy: 'df -i /var/lib; make the file system anew with more inodes (mkfs.ext4 -i 16384), or use xfs',
    required: true,
    judge({ survey }) {
      const [all = 0, free = 0] = survey.one('inodes')?.split(' ').map(Number) ?? [];
      // File systems without a fixed number tell none at all.
      return atLeast(Number.isFinite(all) && all > 0 ? free : undefined, {
        fail: leastInodes,
        untold: unknown('the file system of /var/lib tells no number', { remedy: 'Look: df -i /var/lib' }),
      });
    },
  },
  {
    id: 'HW-DSK-04',
    scope: 'node',
    title: 'file system of /var/lib',
    why: 'Container layers need overlay on a local file system; on a network file system etcd loses data.',
    wanted: 'ext4 or xfs',
    remedy: 'Put /var/lib on a local disk with ext4 or xfs.',
    required: true,
    judge({ survey }) {
      const kind = survey.one('data')?.split(' ')[0];
      if (kind === undefined) return untold(survey, 'df');
      if (kind === 'ext4' || kind === 'xfs') return pass(kind);
      return /^(nfs|cifs|9p|fuse|overlay|tmpfs|ramfs)/.test(kind) ? fail(kind) : warn(kind);
    },
  },
  {
    id: 'HW-DSK-09',
    scope: 'node',
    title: 'kind of the disk below /var/lib',
    why: 'A disk that turns is too slow for etcd.',
    wanted: 'no turning disk on control planes',
    remedy: 'Move /var/lib to an SSD.',
    judge({ survey, node }) {
      if (survey.virtual !== undefined)
        return unknown(`the disks of a virtual machine or container (${survey.virtual}) do not say`, {
          remedy: 'Ask whoever runs it; how fast it is, is measured: perimeter check --explain HW-DSK-05',
        });
      const names = survey.values('dataDisk');
      const disks = disksOf(survey).filter(({ name }) => names.includes(name));
      if (disks.length === 0 || disks.some(({ rotational }) => rotational === undefined))
        return untold(survey, 'lsblk');
      const turning = disks.filter(({ rotational }) => rotational === true).map(({ name }) => name);
      if (turning.length === 0) return pass(`${names.join(', ')}: flash`);
      const words = `${turning.join(', ')}: turning`;
      return node.roles.includes('control-plane') ? warn(words) : pass(words);
    },
  },
  {
    id: 'HW-DSK-12',
    scope: 'node',
    title: 'mount options',
    why: 'Programs are started from these places, and files are written there.',
    wanted: 'neither read-only nor noexec on /, /etc, /var, /var/lib, /usr, /opt',
    remedy: 'Correct the options in /etc/fstab, then: mount -o remount,rw,exec PLACE',
    required: true,
    judge({ survey }) {
      const mounts = survey.values('mount');
      // There is no system without a root.
      if (!survey.asked('mounts') || !mounts.some((line) => line.startsWith('/ ')))
        return unasked(survey, 'mounts');
      const bad = mounts.flatMap((line) => {
        const [place = '', , options = ''] = line.split(' ');
        const refused = place === '/run' ? ['ro'] : ['ro', 'noexec'];
        const found = options.split(',').filter((option) => refused.includes(option));
        return place !== '/tmp' && found.length > 0 ? [`${place} ${found.join(',')}`] : [];
      });
      return none(bad, 'fail');
    },
  },
  {
    id: 'HW-DSK-13',
    scope: 'node',
    title: 'time to bring this bundle',
    why: 'Every node receives all of it once; a slow link makes an installation long.',
    wanted: `at most ${longMinutes} minutes at the speed of the node's link`,
    remedy: 'Check the cable and the switch port: ethtool DEVICE',
    judge({ survey, node, need }) {
      const speed = nodeLink(survey, node.address)?.speedMbits;
      if (need === undefined)
        return unknown('no bundle', { remedy: 'Name it: perimeter check SITE --bundle FILE' });
      if (speed === undefined)
        return unknown('the driver of the link does not tell its speed', {
          remedy: 'Usual for virtual machines and containers; on a machine of its own: ethtool DEVICE',
        });
      const seconds = (need.sizeBytes * 8) / (speed * 1e6 * 0.7);
      const words = `${formatBytes(need.sizeBytes)} in about ${formatDuration(seconds * 1000)}`;
      return seconds > longMinutes * 60 ? warn(words) : pass(words);
    },
  },
  {
    id: 'HW-DSK-14',
    scope: 'node',
    title: 'multipath',
    why: 'A disk that is a path of a multipath device must not be used by itself.',
    wanted: 'no multipath, or set up by whoever owns the storage',
    remedy: 'multipath -ll; use the device mapper name in the hints of the inventory',
    judge({ survey }) {
      if (survey.values('activeUnit').includes('multipathd.service')) return warn('multipathd runs');
      return survey.asked('units') ? pass('none') : unasked(survey, 'units');
    },
  },
];
