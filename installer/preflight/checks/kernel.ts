import type { NodeCheck } from '../check.ts';
import { atLeast, fail, none, pass, unknown, warn } from '../judgements.ts';

const neededNamespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
const neededControllers = ['cpu', 'cpuset', 'memory', 'pids'];

/** What the kernel offers, and its limits. */
export const kernelChecks: readonly NodeCheck[] = [
  {
    id: 'OS-05',
    scope: 'node',
    title: 'namespaces of the kernel',
    why: 'Containers are made of them.',
    wanted: neededNamespaces.join(', '),
    remedy: 'Boot a kernel of the distribution.',
    required: true,
    judge({ survey }) {
      const found = survey.values('namespace');
      if (found.length === 0) return unknown();
      const lacking = neededNamespaces.filter((name) => !found.includes(name));
      return lacking.length === 0 ? pass('all') : fail(`lacks ${lacking.join(', ')}`);
    },
  },
  {
    id: 'OS-06',
    scope: 'node',
    title: 'cgroup version',
    why: 'Kubernetes leaves version 1 behind; limits of memory and pressure work right only in version 2.',
    wanted: 'cgroup v2',
    remedy:
      'Take systemd.unified_cgroup_hierarchy=0 out of the kernel arguments (/etc/default/grub, update-grub), and reboot.',
    judge: ({ survey: { facts } }) => (facts.cgroupVersion === 2 ? pass('v2') : warn('v1')),
  },
  {
    id: 'OS-07',
    scope: 'node',
    title: 'cgroup controllers',
    why: 'Without them the kubelet cannot hold pods to their limits.',
    wanted: neededControllers.join(', '),
    remedy: 'Take cgroup_disable=... out of the kernel arguments, and reboot.',
    required: true,
    judge({ survey }) {
      const found = survey.values('controller');
      if (found.length === 0) return unknown();
      const lacking = neededControllers.filter((name) => !found.includes(name));
      return lacking.length === 0 ? pass('all') : fail(`lacks ${lacking.join(', ')}`);
    },
  },
  {
    id: 'OS-08',
    scope: 'node',
    title: 'overlay file system',
    why: 'containerd lays the layers of images over one another with it.',
    wanted: 'in the kernel, or as a module',
    remedy:
      'modprobe overlay; install the kernel of the distribution (linux-image-amd64, not -cloud without modules)',
    required: true,
    judge({ survey }) {
      if (survey.has('filesystem', 'overlay') || survey.has('module', 'overlay')) return pass('present');
      return survey.values('filesystem').length > 0 ? fail('missing') : unknown();
    },
  },
  {
    id: 'OS-09',
    scope: 'node',
    title: 'bridged packets pass the packet filter',
    why: 'Network policies see the packets of pods only then.',
    wanted: 'br_netfilter, in the kernel or as a module',
    remedy: 'modprobe br_netfilter; install the kernel of the distribution',
    judge({ survey }) {
      if (survey.facts.bridgeNetfilter || survey.has('module', 'br_netfilter')) return pass('present');
      return survey.facts.kernelModules ? fail('missing') : warn('missing, and the kernel takes no modules');
    },
  },
  {
    id: 'OS-10',
    scope: 'node',
    title: 'connection tracking',
    why: 'Services are translated addresses, which the kernel must remember.',
    wanted: 'nf_conntrack',
    remedy: 'modprobe nf_conntrack',
    judge({ survey }) {
      if (survey.one('conntrackMax') !== undefined || survey.has('module', 'nf_conntrack'))
        return pass('present');
      return survey.facts.kernelModules ? fail('missing') : unknown();
    },
  },
  {
    id: 'OS-11',
    scope: 'node',
    title: 'packet filter',
    why: 'Services and network policies are rules in it.',
    wanted: 'nf_tables or ip_tables, and ip_set',
    remedy: 'modprobe nf_tables; modprobe ip_set',
    judge({ survey }) {
      const modules = survey.values('module');
      if (!survey.facts.kernelModules && !modules.includes('ip_set')) return unknown();
      const lacking = [
        modules.includes('nf_tables') || modules.includes('ip_tables') ? [] : ['nf_tables'],
        modules.includes('ip_set') ? [] : ['ip_set'],
      ].flat();
      return lacking.length === 0 ? pass('present') : fail(`lacks ${lacking.join(', ')}`);
    },
  },
  {
    id: 'OS-12',
    scope: 'node',
    title: 'packets can be forwarded',
    why: 'Pods of different nodes talk through their nodes.',
    wanted: 'the setting net.ipv4.ip_forward exists',
    remedy: 'Boot a kernel of the distribution.',
    judge({ survey }) {
      const value = survey.one('ipForward');
      return value === undefined ? unknown() : pass(`there (${value})`);
    },
  },
  {
    id: 'OS-13',
    scope: 'node',
    title: 'inotify instances',
    why: 'kubelet, containerd and every log reader take some; when they run out, programs fail with "too many open files".',
    wanted: 'at least 128 (the profile raises it)',
    remedy: 'sysctl -w fs.inotify.max_user_instances=8192',
    judge: ({ survey }) => atLeast(survey.number('inotifyInstances'), { fail: 128 }),
  },
  {
    id: 'OS-14',
    scope: 'node',
    title: 'inotify watches',
    why: 'Every mounted configuration and secret is watched.',
    wanted: 'at least 8192 (the profile raises it)',
    remedy: 'sysctl -w fs.inotify.max_user_watches=1048576',
    judge: ({ survey }) => atLeast(survey.number('inotifyWatches'), { fail: 8192 }),
  },
  {
    id: 'OS-15',
    scope: 'node',
    title: 'open files of the machine',
    why: 'Each connection and each log is one.',
    wanted: 'at least 500000',
    remedy: 'sysctl -w fs.file-max=2097152',
    judge: ({ survey }) => atLeast(survey.number('fileMax'), { fail: 100_000, warn: 500_000 }),
  },
  {
    id: 'OS-16',
    scope: 'node',
    title: 'open files of a program',
    why: 'etcd and the API server hold thousands of connections.',
    wanted: 'hard limit at least 16384',
    remedy: 'Raise DefaultLimitNOFILE in /etc/systemd/system.conf and nofile in /etc/security/limits.conf.',
    judge({ survey }) {
      return survey.one('openFiles') === 'unlimited'
        ? pass('unlimited')
        : atLeast(survey.number('openFiles'), { fail: 4096, warn: 16_384 });
    },
  },
  {
    id: 'OS-17',
    scope: 'node',
    title: 'processes',
    why: 'Each pod may have thousands.',
    wanted: 'kernel.pid_max at least 32768',
    remedy: 'sysctl -w kernel.pid_max=4194304',
    judge: ({ survey }) => atLeast(survey.number('pidMax'), { fail: 32_768 }),
  },
  {
    id: 'OS-18',
    scope: 'node',
    title: 'random numbers',
    why: 'Keys are made in the first minutes.',
    wanted: 'at least 200 bits',
    remedy: 'Install rng-tools, or give the virtual machine a random device (virtio-rng).',
    judge: ({ survey }) => atLeast(survey.number('entropy'), { warn: 200 }),
  },
  {
    id: 'OS-19',
    scope: 'node',
    title: 'system call filter',
    why: 'Containers run under one (seccomp).',
    wanted: 'in the kernel',
    remedy: 'Boot a kernel of the distribution.',
    judge({ survey }) {
      const mode = survey.one('seccomp');
      return mode === undefined ? unknown() : pass(`there (mode ${mode})`);
    },
  },
  {
    id: 'OS-20',
    scope: 'node',
    title: 'mandatory access control',
    why: 'AppArmor confines containers; SELinux in enforcing mode has not been tried with this platform.',
    wanted: 'AppArmor on; SELinux off or permissive',
    remedy:
      'For AppArmor: apt-get install apparmor. For SELinux: setenforce 0, and SELINUX=permissive in /etc/selinux/config.',
    judge({ survey }) {
      if (survey.one('selinux') === '1') return warn('SELinux enforcing');
      const apparmor = survey.one('apparmor');
      if (apparmor !== undefined) return apparmor === 'Y' ? pass('AppArmor') : warn('AppArmor is off');
      return survey.one('lsm')?.includes('apparmor') === true ? pass('AppArmor') : unknown();
    },
  },
  {
    id: 'OS-21',
    scope: 'node',
    title: 'what the kernel complains about',
    why: 'A tainted kernel had a hardware fault, an oops, or runs modules that nobody supports.',
    wanted: 'no machine check, oops or lockup since boot (kernel.tainted)',
    remedy: 'journalctl -k -b -p warning | head -50',
    judge({ survey }) {
      const tainted = survey.number('tainted');
      if (tainted === undefined) return unknown();
      const grave = Object.entries(graveTaints).flatMap(([bit, words]) =>
        tainted & (1 << Number(bit)) ? words : [],
      );
      return none(grave, 'warn');
    },
  },
  {
    id: 'OS-22',
    scope: 'node',
    title: 'memory score of programs',
    why: 'The kubelet protects the control plane from being killed for memory.',
    wanted: 'root may lower it',
    remedy: 'Nothing, inside a container; on a machine: look for what confines root.',
    judge: ({ survey: { facts } }) => (facts.canLowerOomScore ? pass('it may') : warn('it may not')),
  },
];

const graveTaints: Readonly<Record<number, string>> = {
  4: 'machine check',
  5: 'bad memory page',
  7: 'oops',
  14: 'lockup',
};
