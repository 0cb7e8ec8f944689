import { distributionOf, distributions } from '../../base/distributions.ts';
import type { NodeCheck } from '../check.ts';
import { fail, pass, unknown, warn } from '../judgements.ts';
import { noneListed, unasked, untold } from '../untold.ts';

/** The operating system as the platform finds it: version, services, packages, tools. */
export const systemChecks: readonly NodeCheck[] = [
  {
    id: 'OS-01',
    scope: 'node',
    title: 'operating system',
    why: 'Playbooks and packages of the bundle are made for the named systems.',
    wanted: distributions.map(({ title }) => title).join(', '),
    remedy: 'Install one of the named systems on this host.',
    required: true,
    judge({ survey: { facts } }) {
      const words = `${facts.os.id} ${facts.os.version}`;
      return distributionOf(facts.os) === undefined ? fail(words) : pass(words);
    },
  },
  {
    id: 'OS-28',
    scope: 'node',
    title: 'packages for this system in the bundle',
    why: 'A node needs some packages of its own distribution, and there is nowhere else to get them from.',
    wanted: 'in the bundle',
    remedy:
      'On the connected side: perimeter bundle build --set default --set <system>, for example debian-13.',
    required: true,
    never: 'waived',
    judge({ survey: { facts }, need }) {
      const distribution = distributionOf(facts.os);
      if (distribution === undefined || need === undefined)
        return unknown('no bundle, or no known system', {
          remedy: 'Name the bundle: perimeter check SITE --bundle FILE',
        });
      if (need.packages.includes(distribution.packages)) return pass(distribution.packages);
      return {
        ...fail(`the bundle has ${need.packages.join(', ') || 'none'}`),
        remedy: `On the connected side: perimeter bundle build --set default --set ${distribution.key}`,
      };
    },
  },
  {
    id: 'OS-02',
    scope: 'node',
    title: 'kernel version',
    why: 'Kubernetes and containerd test with these; older ones lack what the pod network uses.',
    wanted: '5.10 or newer',
    remedy: 'apt-get install linux-image-amd64, and reboot',
    required: true,
    judge({ survey: { facts } }) {
      const [major = 0, minor = 0] = facts.kernel.split('.').map(Number);
      return major > 5 || (major === 5 && minor >= 10) ? pass(facts.kernel) : fail(facts.kernel);
    },
  },
  {
    id: 'OS-03',
    scope: 'node',
    title: 'init system',
    why: 'kubelet and containerd are systemd units.',
    wanted: 'systemd',
    remedy: 'Boot the host with systemd as its init.',
    required: true,
    never: 'waived',
    judge({ survey }) {
      const init = survey.one('init');
      if (init === undefined) return untold(survey, '/proc/1/comm');
      return init === 'systemd' ? pass(init) : fail(init);
    },
  },
  {
    id: 'OS-04',
    scope: 'node',
    title: 'units that failed',
    why: 'What failed before the installation is easily taken for its work afterwards.',
    wanted: 'none',
    remedy: 'systemctl --failed; journalctl -b -u UNIT; then: systemctl reset-failed',
    judge: ({ survey }) => noneListed(survey, 'failedUnits', survey.values('failedUnit'), 'warn'),
  },
  {
    id: 'OS-23',
    scope: 'node',
    title: 'pending reboot',
    why: 'A kernel or library waits to be used; the reboot would come in the middle of something else.',
    wanted: 'none',
    remedy: 'systemctl reboot',
    judge({ survey }) {
      if (survey.one('rebootRequired') !== undefined) return warn('pending');
      return survey.asked('files') ? pass('none') : unasked(survey, 'files');
    },
  },
  {
    id: 'OS-24',
    scope: 'node',
    title: 'packages are whole',
    why: 'Packages of the bundle cannot be installed on top of broken ones.',
    wanted: 'none broken or half-configured',
    remedy: 'dpkg --configure -a; dpkg --audit',
    required: true,
    judge({ survey, ours }) {
      const interrupted = survey.one('packagesInterrupted') === undefined ? [] : ['dpkg was interrupted'];
      // On a node of this site it was our own work that was cut off, and the playbooks take it up again.
      const found = [...interrupted, ...survey.values('brokenPackage')];
      return noneListed(survey, 'packages', found, ours ? 'warn' : 'fail');
    },
  },
  {
    id: 'OS-25',
    scope: 'node',
    title: 'package lock',
    why: 'Another administrator or an automatic update installs packages just now.',
    wanted: 'free',
    remedy: 'Wait for it, or see who it is: fuser -v /var/lib/dpkg/lock-frontend',
    judge({ survey }) {
      if (survey.one('packageLock') !== undefined) return warn('held');
      return survey.asked('locks') ? pass('free') : unasked(survey, 'locks');
    },
  },
  {
    id: 'OS-26',
    scope: 'node',
    title: 'automatic updates',
    why: 'They restart services and change packages behind the plan.',
    wanted: 'off',
    remedy: 'systemctl disable --now apt-daily-upgrade.timer unattended-upgrades.service',
    judge: ({ survey }) =>
      noneListed(
        survey,
        'units',
        survey
          .values('activeUnit')
          .filter((unit) => /^(unattended-upgrades|apt-daily-upgrade|snapd)/.test(unit)),
        'warn',
      ),
  },
  {
    id: 'OS-27',
    scope: 'node',
    title: 'tools of the base system',
    why: 'The first steps are taken with what every such system has.',
    wanted: 'tar, sha256sum, base64, stat, df, mount, sysctl, systemctl, dpkg, ip, find, mktemp',
    remedy: 'apt-get install coreutils tar findutils mount procps iproute2 kmod',
    required: true,
    judge({ survey }) {
      if (!survey.asked('files')) return unasked(survey, 'files');
      const lacking = survey.values('lacks');
      return lacking.length === 0 ? pass('all') : fail(`lacks ${lacking.join(', ')}`);
    },
  },
];
