import { formatBytes, formatDuration } from '../../base/units.ts';
import { disksOf, smartOf } from '../../hardware/disks.ts';
import { nodeLink } from '../../hardware/links.ts';
import type { Judgement, NodeCheck, NodeSubject } from '../check.ts';
import { atLeast, atMost, fail, none, pass, unknown, warn } from '../judgements.ts';

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
      return Number.isFinite(all) && all > 0 ? atLeast(free, { fail: leastInodes }) : unknown();
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
      if (kind === undefined) return unknown();
      if (kind === 'ext4' || kind === 'xfs') return pass(kind);
      return /^(nfs|cifs|9p|fuse|overlay|tmpfs|ramfs)/.test(kind) ? fail(kind) : warn(kind);
    },
  },
  {
    id: 'HW-DSK-05',
    scope: 'node',
    title: 'time until a write is safe',
    why: 'etcd waits for it at every change; above 10 ms the API becomes slow, and leaders change.',
    wanted: '99 of 100 within 10 ms on control planes, 2 ms for heavy use',
    remedy: 'Put /var/lib/etcd on an SSD with power-loss protection, or on a disk of its own.',
    judge({ writes, node }) {
      if (writes === undefined) return unknown('not measured');
      const limit = node.roles.includes('control-plane') ? { fail: 10, warn: 2 } : { warn: 50 };
      const judged = atMost(Math.round(writes.p99Ms * 100) / 100, { ...limit, unit: ' ms' });
      return { ...judged, observed: `${judged.observed} (${writes.by}, ${writes.count} writes)` };
    },
  },
  {
    id: 'HW-DSK-06',
    scope: 'node',
    title: 'disks call themselves healthy',
    why: 'A disk that predicts its failure must go before data is on it.',
    wanted: 'SMART: passed',
    remedy: 'Replace the disk; look: smartctl -x /dev/NAME',
    judge: (subject) => bySmart(subject, (smart) => (smart.passed === false ? 'fail' : undefined), 'failed'),
  },
  {
    id: 'HW-DSK-07',
    scope: 'node',
    title: 'wear of the disks',
    why: 'Flash memory that is used up turns read-only.',
    wanted: 'less than 80 % used',
    remedy: 'Replace the disk; look: smartctl -A /dev/NAME',
    judge: (subject) =>
      bySmart(subject, ({ usedPercent }) => ((usedPercent ?? 0) >= 80 ? 'fail' : undefined), 'worn'),
  },
  {
    id: 'HW-DSK-08',
    scope: 'node',
    title: 'media errors of the disks',
    why: 'Sectors that were lost once are lost more often.',
    wanted: 'none',
    remedy: 'Watch or replace the disk; look: smartctl -A /dev/NAME',
    judge: (subject) =>
      bySmart(subject, ({ mediaErrors }) => ((mediaErrors ?? 0) > 0 ? 'warn' : undefined), 'has errors'),
  },
  {
    id: 'HW-DSK-09',
    scope: 'node',
    title: 'kind of the disk below /var/lib',
    why: 'A disk that turns is too slow for etcd.',
    wanted: 'no turning disk on control planes',
    remedy: 'Move /var/lib to an SSD.',
    judge({ survey, node }) {
      const disk = disksOf(survey).find(({ name }) => name === survey.one('dataDisk'));
      if (disk?.rotational === undefined || survey.one('virtualisation') !== undefined) return unknown();
      if (!disk.rotational) return pass(`${disk.name}: flash`);
      return node.roles.includes('control-plane')
        ? warn(`${disk.name}: turning`)
        : pass(`${disk.name}: turning`);
    },
  },
  {
    id: 'HW-DSK-10',
    scope: 'node',
    title: 'software RAID is whole',
    why: 'A degraded array does not survive the next disk.',
    wanted: 'all members up',
    remedy: 'cat /proc/mdstat; mdadm --detail /dev/md0',
    judge({ survey }) {
      const states = survey.values('raid');
      if (states.length === 0) return unknown('no array');
      return none(
        states.filter((state) => state.includes('_')),
        'fail',
      );
    },
  },
  {
    id: 'HW-DSK-11',
    scope: 'node',
    title: 'errors noted in file systems',
    why: 'The kernel found a file system damaged since it was last checked.',
    wanted: 'none',
    remedy: 'Boot a rescue system and run fsck -f; look at the disk below.',
    judge({ survey }) {
      const counts = survey.values('ext4Errors').map(Number);
      if (counts.length === 0) return unknown();
      return atMost(
        counts.reduce((sum, one) => sum + one, 0),
        { fail: 0 },
      );
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
      const bad = survey.values('mount').flatMap((line) => {
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
      if (need === undefined || speed === undefined) return unknown();
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
      return survey.values('activeUnit').includes('multipathd.service')
        ? warn('multipathd runs')
        : pass('none');
    },
  },
];

function bySmart(
  { survey }: NodeSubject,
  verdict: (smart: ReturnType<typeof smartOf>[number]) => 'warn' | 'fail' | undefined,
  word: string,
): Judgement {
  const told = smartOf(survey);
  if (told.length === 0) return unknown();
  const bad = told.filter((smart) => verdict(smart) !== undefined);
  const [first] = bad;
  if (first === undefined) return pass(`${told.length} asked`);
  return none(
    bad.map(({ name }) => `${name} ${word}`),
    verdict(first) ?? 'warn',
  );
}
