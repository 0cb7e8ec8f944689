import type { NodeCheck } from '../check.ts';
import { fail, none, pass } from '../judgements.ts';
import { noneListed, unasked, untold } from '../untold.ts';

/** Time servers as systemd units. */
const timeUnits = /^(chrony|chronyd|systemd-timesyncd|ntp|ntpsec|ntpd)\.service$/;

/** What somebody else left on the host, or still runs there. */
export const leftoverChecks: readonly NodeCheck[] = [
  {
    id: 'OLD-01',
    scope: 'node',
    title: 'belongs to a site',
    why: 'A host serves one site; taking it would break the other.',
    wanted: 'no site, or this one',
    remedy:
      'This host belongs to another site. Install a fresh system on it, or take it out of the inventory.',
    required: true,
    never: 'waived',
    judge({ survey, site }) {
      const { siteMarker } = survey.facts;
      if (siteMarker !== undefined) return siteMarker === site.name ? pass(siteMarker) : fail(siteMarker);
      return survey.asked('files') ? pass('no site') : unasked(survey, 'files');
    },
  },
  {
    id: 'OLD-02',
    scope: 'node',
    title: 'a Kubernetes that is not ours',
    why: 'Its kubelet, certificates and data would be overwritten.',
    wanted: 'none',
    remedy:
      'Another Kubernetes lives here. When nobody needs it: kubeadm reset, then rm -rf /etc/kubernetes /var/lib/etcd /var/lib/kubelet',
    required: true,
    never: 'waived',
    judge: ({ survey, ours }) =>
      ours ? pass('ours') : noneListed(survey, 'files', survey.facts.kubernetesTraces, 'fail'),
  },
  {
    id: 'OLD-03',
    scope: 'node',
    title: 'another container engine that runs',
    why: 'Two engines share one packet filter and one cgroup tree, and break each other.',
    wanted: 'none',
    remedy: 'systemctl disable --now UNIT',
    required: true,
    judge({ survey, ours }) {
      const own = ours ? /^(?!containerd|kubelet)/ : /^/;
      const engines =
        /^(docker|containerd|crio|podman|k3s|k3s-agent|rke2-server|rke2-agent|kubelet|nomad)\.service$/;
      const found = survey.values('activeUnit').filter((unit) => engines.test(unit) && own.test(unit));
      return noneListed(survey, 'units', found, 'fail');
    },
  },
  {
    id: 'OLD-04',
    scope: 'node',
    title: 'programs of another container engine',
    why: 'They may be started by anybody, and their sockets are found by tools.',
    wanted: 'none',
    remedy: 'apt-get purge docker.io podman containerd, or the way by which they were brought',
    judge({ survey, ours }) {
      const found = survey.values('engine').filter((name) => !(ours && name === 'containerd'));
      return noneListed(survey, 'files', found, 'warn');
    },
  },
  {
    id: 'OLD-05',
    scope: 'node',
    title: 'data of another container engine',
    why: 'It takes room, and containerd would mistake it for its own.',
    wanted: 'none',
    remedy: 'When nobody needs it: rm -rf the named folders',
    judge({ survey, ours }) {
      const found = survey.values('engineData').filter((path) => !ours || !/containerd|\/cni/.test(path));
      return noneListed(survey, 'files', found, 'warn');
    },
  },
  {
    id: 'OLD-06',
    scope: 'node',
    title: 'packet filter rules of another Kubernetes',
    why: 'They send packets for service addresses to pods that are gone.',
    wanted: 'none',
    remedy: 'Reboot the host: such rules live in the kernel only.',
    judge({ survey, ours }) {
      const rules = survey.number('kubeRules');
      if (ours || rules === 0) return pass(ours ? 'ours' : 'none');
      return rules === undefined ? untold(survey, 'iptables-save') : fail(`${rules} chains named KUBE-`);
    },
  },
  {
    id: 'OLD-07',
    scope: 'node',
    title: 'volumes that are still mounted',
    why: 'Pods of another Kubernetes hold them.',
    wanted: 'none below /var/lib/kubelet',
    remedy: 'Reboot the host, or: grep /var/lib/kubelet /proc/mounts | cut -d" " -f2 | xargs -r umount -l',
    judge: ({ survey, ours }) =>
      ours ? pass('ours') : noneListed(survey, 'mounts', survey.values('kubeletMount'), 'fail'),
  },
  {
    id: 'OLD-08',
    scope: 'node',
    title: 'half of an earlier installation',
    why: 'Files of this product without the marker of a site: somebody removed one by hand.',
    wanted: 'none, or with its marker',
    remedy: 'When no site is here any more: rm -rf /var/lib/perimeter',
    judge({ survey }) {
      const half = survey.facts.siteMarker === undefined ? survey.values('ownFiles') : [];
      return noneListed(survey, 'files', half, 'warn');
    },
  },
  {
    id: 'TIME-04',
    scope: 'node',
    title: 'time services',
    why: 'Two of them pull the clock to and fro.',
    wanted: 'at most one',
    remedy: 'Keep one: systemctl disable --now systemd-timesyncd',
    judge({ survey }) {
      const found = survey.values('activeUnit').filter((unit) => timeUnits.test(unit));
      if (!survey.asked('units')) return unasked(survey, 'units');
      return found.length > 1 ? none(found, 'warn') : pass(found[0] ?? 'none');
    },
  },
];
