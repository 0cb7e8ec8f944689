import type { NodeCheck } from '../check.ts';
import { atLeast, pass } from '../judgements.ts';
import { type Source, untold } from '../untold.ts';

/** How much the kernel lets programs have. */
export const kernelLimitChecks: readonly NodeCheck[] = [
  {
    id: 'OS-13',
    scope: 'node',
    title: 'inotify instances',
    why: 'kubelet, containerd and every log reader take some; when they run out, programs fail with "too many open files".',
    wanted: 'at least 128 (the profile raises it)',
    remedy: 'sysctl -w fs.inotify.max_user_instances=8192',
    judge: limited('inotifyInstances', '/proc/sys/fs/inotify/max_user_instances', { fail: 128 }),
  },
  {
    id: 'OS-14',
    scope: 'node',
    title: 'inotify watches',
    why: 'Every mounted configuration and secret is watched.',
    wanted: 'at least 8192 (the profile raises it)',
    remedy: 'sysctl -w fs.inotify.max_user_watches=1048576',
    judge: limited('inotifyWatches', '/proc/sys/fs/inotify/max_user_watches', { fail: 8192 }),
  },
  {
    id: 'OS-15',
    scope: 'node',
    title: 'open files of the machine',
    why: 'Each connection and each log is one.',
    wanted: 'at least 500000',
    remedy: 'sysctl -w fs.file-max=2097152',
    judge: limited('fileMax', '/proc/sys/fs/file-max', { fail: 100_000, warn: 500_000 }),
  },
  {
    id: 'OS-16',
    scope: 'node',
    title: 'open files of a program',
    why: 'etcd and the API server hold thousands of connections.',
    wanted: 'hard limit at least 16384',
    remedy: 'Raise DefaultLimitNOFILE in /etc/systemd/system.conf and nofile in /etc/security/limits.conf.',
    judge: (subject) =>
      subject.survey.one('openFiles') === 'unlimited'
        ? pass('unlimited')
        : limited('openFiles', '/proc/self/limits', { fail: 4096, warn: 16_384 })(subject),
  },
  {
    id: 'OS-17',
    scope: 'node',
    title: 'processes',
    why: 'Each pod may have thousands.',
    wanted: 'kernel.pid_max at least 32768',
    remedy: 'sysctl -w kernel.pid_max=4194304',
    judge: limited('pidMax', '/proc/sys/kernel/pid_max', { fail: 32_768 }),
  },
  {
    id: 'OS-18',
    scope: 'node',
    title: 'random numbers',
    why: 'Keys are made in the first minutes.',
    wanted: 'at least 200 bits',
    remedy: 'Install rng-tools, or give the virtual machine a random device (virtio-rng).',
    judge: limited('entropy', '/proc/sys/kernel/random/entropy_avail', { warn: 200 }),
  },
];

/** Judges a number of the survey; where it is missing, the file that would have told it is named. */
function limited(
  key: string,
  source: Source,
  limits: { readonly fail?: number; readonly warn?: number },
): NodeCheck['judge'] {
  return ({ survey }) => atLeast(survey.number(key), { ...limits, untold: untold(survey, source) });
}
