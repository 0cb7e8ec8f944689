import type { NodeCheck } from '../check.ts';
import { atLeast, atMost, byRole, fail, pass, unknown, warn } from '../judgements.ts';
import { noneListed, untold } from '../untold.ts';

/** Instruction sets of the x86-64 levels, by the names of /proc/cpuinfo. */
const level2 = ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'];
const level3 = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'];

const advisedCores = { controlPlane: 4, worker: 2 };

export const processorChecks: readonly NodeCheck[] = [
  {
    id: 'HW-CPU-01',
    scope: 'node',
    title: 'architecture',
    why: 'The bundle holds programs for x86-64 only.',
    wanted: 'x86_64',
    remedy: 'Use an x86-64 server; the bundle holds programs for no other.',
    required: true,
    never: 'waived',
    judge: ({ survey: { facts } }) =>
      facts.architecture === 'x86_64' ? pass(facts.architecture) : fail(facts.architecture),
  },
  {
    id: 'HW-CPU-02',
    scope: 'node',
    title: 'instruction sets',
    why: 'Programs of the platform are compiled for x86-64-v2; v3 is what coming distributions ask for.',
    wanted: 'x86-64-v2, better v3',
    remedy: 'Use a newer processor; in a virtual machine, choose the CPU type "host".',
    judge({ survey }) {
      const flags = survey.one('cpuFlags')?.split(' ');
      if (flags === undefined) return untold(survey, '/proc/cpuinfo');
      const lacks = (level: readonly string[]): string[] => level.filter((flag) => !flags.includes(flag));
      if (lacks(level2).length > 0) return fail(`lacks ${lacks(level2).join(', ')}`);
      if (lacks(level3).length > 0) return warn(`v2; lacks ${lacks(level3).join(', ')}`);
      return pass('x86-64-v3');
    },
  },
  {
    id: 'HW-CPU-03',
    scope: 'node',
    title: 'cores',
    why: 'Below its profile a node cannot carry what is put on it; control planes want four.',
    wanted: 'what the profile asks for; advised: 4 for a control plane, 2 for a worker',
    remedy: 'Give the host more cores, or a profile that needs fewer.',
    required: true,
    judge: ({ survey, node }) =>
      atLeast(survey.facts.cores, {
        fail: node.profile.minimum.cores,
        warn: byRole(node, advisedCores),
        untold: untold(survey, '/proc/cpuinfo'),
      }),
  },
  {
    id: 'HW-CPU-04',
    scope: 'node',
    title: 'AES instructions',
    why: 'All traffic of the platform is encrypted; without them it costs several times the processor time.',
    wanted: 'present',
    remedy: 'Switch AES-NI on in the firmware, or choose the CPU type "host" for the virtual machine.',
    judge({ survey }) {
      const flags = survey.one('cpuFlags')?.split(' ');
      if (flags === undefined) return untold(survey, '/proc/cpuinfo');
      return flags.includes('aes') ? pass('present') : warn('missing');
    },
  },
  {
    id: 'HW-CPU-05',
    scope: 'node',
    title: 'processors switched on',
    why: 'A processor that is there but offline is a fault, or a forgotten setting.',
    wanted: 'all that are present are online',
    remedy:
      'for c in /sys/devices/system/cpu/cpu*/online; do echo 1 > $c; done; look for "isolcpus" and "maxcpus" in /proc/cmdline',
    judge({ survey }) {
      const [online, present] = [survey.one('cpusOnline'), survey.one('cpusPresent')];
      if (online === undefined || present === undefined) return untold(survey, '/sys/devices/system/cpu');
      return online === present ? pass(online) : warn(`${online} of ${present}`);
    },
  },
  {
    id: 'HW-CPU-06',
    scope: 'node',
    title: 'frequency governor',
    why: 'The powersave governor of older drivers keeps the processor slow: etcd then misses its heartbeats.',
    wanted: 'performance, schedutil or ondemand',
    remedy:
      'echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; set the power profile of the firmware to performance',
    judge({ survey }) {
      const governor = survey.one('governor');
      if (governor === undefined) return untold(survey, '/sys/devices/system/cpu/cpu0/cpufreq');
      return governor === 'powersave' ? warn(governor) : pass(governor);
    },
  },
  {
    id: 'HW-CPU-07',
    scope: 'node',
    title: 'thermal throttling',
    why: 'A processor that was slowed down for heat has a cooling problem.',
    wanted: 'never since boot',
    remedy: 'Look at fans, filters and the temperatures that the BMC tells.',
    judge({ survey }) {
      const counts = survey.values('throttled').map(Number);
      return atMost(counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0), {
        warn: 0,
        unit: ' times',
        untold: untold(survey, '/sys/devices/system/cpu/cpu0/thermal_throttle'),
      });
    },
  },
  {
    id: 'HW-CPU-08',
    scope: 'node',
    title: 'processor weaknesses without mitigation',
    why: 'Containers of different trust share these processors.',
    wanted: 'none',
    remedy:
      'Bring in the newest microcode by the firmware update of the machine, and take "mitigations=off" out of the kernel arguments.',
    judge: ({ survey }) => noneListed(survey, 'vulnerabilities', survey.values('vulnerable'), 'warn'),
  },
  {
    id: 'HW-CPU-09',
    scope: 'node',
    title: 'microcode',
    why: 'It mends faults of the processor; cores that run different ones behave differently.',
    wanted: 'loaded, and the same on all cores',
    remedy:
      'Update the firmware of the machine, or install the package amd64-microcode or intel-microcode and reboot; see: grep microcode /proc/cpuinfo | sort | uniq -c',
    judge({ survey }) {
      const revisions = survey.values('microcode');
      const [first] = revisions;
      if (first === undefined) return untold(survey, '/proc/cpuinfo');
      // Virtual machines are told a made-up one; a container sees that of its machine.
      if (survey.virtual !== undefined && survey.container === undefined)
        return unknown(`a virtual machine (${survey.virtual}) is told ${first}`, {
          remedy: 'Ask whoever runs the virtual machines.',
        });
      if (revisions.length > 1) return warn(`cores run ${revisions.join(' and ')}`);
      return Number(first) === 0 ? warn(`none was loaded (${first})`) : pass(first);
    },
  },
  {
    id: 'HW-CPU-10',
    scope: 'node',
    title: 'idle enough',
    why: 'A host that is busy before anything is installed does work that nobody told about.',
    wanted: 'load per core at most 2 (a node of this site: 4)',
    remedy: 'See what runs: systemd-cgtop -n 1 -b | head',
    judge({ survey, ours }) {
      const load = Number(survey.one('load')?.split(' ')[0] ?? Number.NaN);
      const perCore = Math.round((load / Math.max(1, survey.facts.cores)) * 10) / 10;
      return atMost(Number.isFinite(load) ? perCore : undefined, {
        warn: ours ? 4 : 2,
        untold: untold(survey, '/proc/loadavg'),
      });
    },
  },
];
