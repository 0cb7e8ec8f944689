import type { NodeCheck } from '../check.ts';
import { fail, none, pass, warn } from '../judgements.ts';
import { unasked, untold } from '../untold.ts';

const neededNamespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
const neededControllers = ['cpu', 'cpuset', 'memory', 'pids'];

/** Without these, runtimes can load no filter for a container. */
const neededFilterActions = ['allow', 'errno', 'kill_process'];

/** What the kernel offers. */
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
      if (found.length === 0) return untold(survey, '/proc/self/ns');
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
      if (found.length === 0) return untold(survey, '/sys/fs/cgroup/cgroup.controllers');
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
      if (survey.values('filesystem').length === 0) return untold(survey, '/proc/filesystems');
      return survey.asked('modules') ? fail('missing') : unasked(survey, 'modules');
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
      if (!survey.asked('modules')) return unasked(survey, 'modules');
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
      if (!survey.asked('modules')) return unasked(survey, 'modules');
      return survey.facts.kernelModules
        ? fail('missing')
        : untold(survey, '/proc/sys/net/netfilter/nf_conntrack_max');
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
      const lacking = [
        modules.includes('nf_tables') || modules.includes('ip_tables') ? [] : ['nf_tables'],
        modules.includes('ip_set') ? [] : ['ip_set'],
      ].flat();
      if (lacking.length === 0) return pass('present');
      if (!survey.asked('modules')) return unasked(survey, 'modules');
      // Everything may be built in, where nothing lists it.
      if (!survey.facts.kernelModules) return untold(survey, '/proc/modules');
      return fail(`lacks ${lacking.join(', ')}`);
    },
  },
  {
    id: 'OS-12',
    scope: 'node',
    title: 'packets can be forwarded',
    why: 'Pods of different nodes talk through their nodes.',
    wanted: 'net.ipv4.ip_forward is 1, or can be set',
    remedy:
      'See what keeps it: sysctl -w net.ipv4.ip_forward=1; grep /proc/sys /proc/mounts. A container needs /proc/sys/net to be writable.',
    required: true,
    judge({ survey }) {
      const value = survey.one('ipForward');
      if (value === undefined) return untold(survey, '/proc/sys/net/ipv4/ip_forward');
      if (value === '1') return pass('on');
      const settable = survey.one('ipForwardSettable');
      if (settable === undefined) return untold(survey, '/proc/sys/net/ipv4/ip_forward');
      return settable === 'yes' ? pass('off, and can be set') : fail('off, and cannot be set');
    },
  },
  {
    id: 'OS-19',
    scope: 'node',
    title: 'system call filter',
    why: 'Containers run under one (seccomp).',
    wanted: `filters with ${neededFilterActions.join(', ')}`,
    remedy:
      'Boot a kernel of the distribution (CONFIG_SECCOMP_FILTER); see: cat /proc/sys/kernel/seccomp/actions_avail',
    judge({ survey }) {
      const actions = survey.one('seccompActions')?.split(' ');
      if (actions !== undefined) {
        const lacking = neededFilterActions.filter((action) => !actions.includes(action));
        return lacking.length === 0 ? pass('filters') : fail(`lacks ${lacking.join(', ')}`);
      }
      // The kernel that names a mode but no filters has only the oldest form, under which no container runs.
      return survey.one('seccomp') === undefined
        ? untold(survey, '/proc/sys/kernel/seccomp')
        : warn('no filters are told');
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
      return survey.one('lsm')?.includes('apparmor') === true
        ? pass('AppArmor')
        : untold(survey, '/sys/module/apparmor');
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
      if (tainted === undefined) return untold(survey, '/proc/sys/kernel/tainted');
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
