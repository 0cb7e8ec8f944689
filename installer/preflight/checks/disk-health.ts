import { disksOf, smartOf } from '../../hardware/disks.ts';
import type { Judgement, NodeCheck, NodeSubject } from '../check.ts';
import { awaitsEtcdDisk } from '../etcd-place.ts';
import { atMost, none, pass, unknown, warn } from '../judgements.ts';
import { unasked, untold } from '../untold.ts';

const wornPercent = 80;

/** Whether the disks are well, and fast enough. */
export const diskHealthChecks: readonly NodeCheck[] = [
  {
    id: 'HW-DSK-05',
    scope: 'node',
    title: 'time until a write is safe',
    why: 'etcd waits for it at every change; above 10 ms the API becomes slow, and leaders change.',
    wanted: '99 of 100 within 10 ms on control planes, better 2 ms; 50 ms elsewhere',
    remedy: 'Put /var/lib/etcd on an SSD with power-loss protection, or on a disk of its own.',
    required: true,
    judge({ writes, node, survey, ours }) {
      if (awaitsEtcdDisk(node, survey))
        return unknown('etcd gets a disk of its own, which is not mounted yet', {
          remedy: 'It is measured there once it is: perimeter check SITE',
        });
      if (writes === undefined) {
        if (!survey.asked('files') || !(survey.has('has', 'perl') || survey.has('has', 'fio')))
          return untold(survey, 'perl');
        return unknown(ours ? 'not measured: etcd may be writing there' : 'not measured', {
          remedy: 'perimeter check SITE, without --quick',
        });
      }
      const limit = node.roles.includes('control-plane') ? { fail: 10, warn: 2 } : { warn: 50 };
      const judged = atMost(Math.round(writes.p99Ms * 100) / 100, {
        ...limit,
        unit: ' ms',
        untold: untold(survey, 'perl'),
      });
      const { by, count, place } = writes;
      const words = `${judged.observed} in ${place} (${count} writes of 2300 bytes, each flushed, measured by ${by})`;
      if (judged.status !== 'fail' || survey.container === undefined) return { ...judged, observed: words };
      return warn(`${words}; a container (${survey.container}) shares the disk of its machine with others`);
    },
  },
  {
    id: 'HW-DSK-06',
    scope: 'node',
    title: 'disks call themselves healthy',
    why: 'A disk that predicts its failure must go before data is on it.',
    wanted: 'SMART: passed',
    remedy: 'Replace the disk; look: smartctl -x /dev/NAME',
    judge: (subject) =>
      bySmart(subject, 'failed', 'fail', ({ passed }) => (passed === undefined ? undefined : !passed)),
  },
  {
    id: 'HW-DSK-07',
    scope: 'node',
    title: 'wear of the disks',
    why: 'Flash memory that is used up turns read-only.',
    wanted: `less than ${wornPercent} % used`,
    remedy: 'Replace the disk; look: smartctl -A /dev/NAME',
    judge: (subject) =>
      bySmart(
        subject,
        'worn',
        'fail',
        ({ usedPercent }) => (usedPercent === undefined ? undefined : usedPercent >= wornPercent),
        // What turns does not wear like flash, and tells no such number.
        ({ rotational }) => rotational !== true,
      ),
  },
  {
    id: 'HW-DSK-08',
    scope: 'node',
    title: 'media errors of the disks',
    why: 'Sectors that were lost once are lost more often.',
    wanted: 'none',
    remedy: 'Watch or replace the disk; look: smartctl -A /dev/NAME',
    judge: (subject) =>
      bySmart(subject, 'has errors', 'warn', ({ mediaErrors }) =>
        mediaErrors === undefined ? undefined : mediaErrors > 0,
      ),
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
      if (states.length === 0 && !survey.asked('files')) return unasked(survey, 'files');
      if (states.length === 0)
        return unknown('no software RAID is set up', {
          remedy: 'Nothing, unless there should be one: cat /proc/mdstat',
        });
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
      return atMost(counts.length === 0 ? undefined : counts.reduce((sum, one) => sum + one, 0), {
        fail: 0,
        untold: untold(survey, '/sys/fs/ext4'),
      });
    },
  },
];

/** `isBad` is undefined where a disk does not tell; all disks that are asked must, or nobody knows of the host. */
function bySmart(
  { survey }: NodeSubject,
  word: string,
  worst: 'warn' | 'fail',
  isBad: (smart: ReturnType<typeof smartOf>[number]) => boolean | undefined,
  isAsked: (disk: ReturnType<typeof disksOf>[number]) => boolean = () => true,
): Judgement {
  const told = new Map(smartOf(survey).map((smart) => [smart.name, isBad(smart)]));
  const bad = [...told].filter(([, is]) => is === true).map(([name]) => `${name} ${word}`);
  if (bad.length > 0) return none(bad, worst);
  const asked = disksOf(survey).filter(isAsked);
  const silent = asked.filter(({ name }) => told.get(name) === undefined).map(({ name }) => name);
  if (asked.length === 0 || silent.length === asked.length) return untold(survey, 'smartctl');
  if (silent.length === 0) return pass(`${asked.length} asked`);
  return unknown(
    `${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not tell; the others are well`,
    {
      remedy: `Ask by hand, behind a controller with its type: smartctl -x /dev/${silent[0]}; smartctl --scan`,
    },
  );
}
