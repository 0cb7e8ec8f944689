import { moduleMib } from '../../hardware/memory-modules.ts';
import type { Survey } from '../../hosts/survey.ts';
import type { Judgement, NodeCheck } from '../check.ts';
import { atLeast, atMost, byRole, pass, warn } from '../judgements.ts';
import { noneListed, untold } from '../untold.ts';

const mibPerGib = 1024;
const advisedMib = { controlPlane: 16 * mibPerGib, worker: 8 * mibPerGib };
/** What firmware and kernel keep for themselves of the modules' sum. */
const keptBackShare = 0.15;

export const memoryChecks: readonly NodeCheck[] = [
  {
    id: 'HW-MEM-01',
    scope: 'node',
    title: 'memory',
    why: 'Below its profile a node runs out of memory as soon as the platform is complete.',
    wanted: 'what the profile asks for; advised: 16 GiB for a control plane, 8 GiB for a worker',
    remedy: 'Add memory, or give the node a profile that needs less.',
    required: true,
    judge: ({ survey, node }) =>
      atLeast(survey.facts.memoryMib, {
        fail: node.profile.minimum.memoryMib,
        // Firmware and kernel keep some of what is sold as 16 GiB.
        warn: Math.floor(byRole(node, advisedMib) * (1 - keptBackShare)),
        unit: ' MiB',
        untold: untold(survey, '/proc/meminfo'),
      }),
  },
  {
    id: 'HW-MEM-02',
    scope: 'node',
    title: 'memory errors that could not be corrected',
    why: 'Each is lost data; the module must go.',
    wanted: 'none',
    remedy: 'Find the module and replace it: grep . /sys/devices/system/edac/mc/mc*/dimm*/dimm_ue_count',
    judge: ({ survey }) => errors(survey, 'uncorrected', 'fail'),
  },
  {
    id: 'HW-MEM-03',
    scope: 'node',
    title: 'memory errors that were corrected',
    why: 'They announce the others.',
    wanted: 'none',
    remedy:
      'Watch it, and replace the module that counts up: grep . /sys/devices/system/edac/mc/mc*/dimm*/dimm_ce_count',
    judge: ({ survey }) => errors(survey, 'corrected', 'warn'),
  },
  {
    id: 'HW-MEM-04',
    scope: 'node',
    title: 'error-correcting memory',
    why: 'A flipped bit in etcd is copied to every control plane.',
    wanted: 'ECC on machines that keep data',
    remedy: 'Use a server with ECC memory for control planes and storage.',
    judge({ survey }) {
      if (survey.values('edac').length > 0) return pass('watched by the kernel (EDAC)');
      const kind = survey.one('ecc');
      // Firmware that does not know it says "Unknown", and some "Other".
      if (kind === undefined || !/ecc|crc|parity|none/i.test(kind)) return untold(survey, 'dmidecode');
      return /ecc/i.test(kind) ? pass(kind) : warn(kind);
    },
  },
  {
    id: 'HW-MEM-05',
    scope: 'node',
    title: 'memory modules and kernel agree',
    why: 'A module that the firmware names and the kernel does not see is broken, or switched off.',
    wanted: 'the kernel sees at least 85 % of what the modules sum up to',
    remedy: 'Compare: dmidecode -t 17; free -m. Seat the modules anew.',
    judge({ survey }) {
      const modules = survey.values('dimm').map(moduleMib);
      if (modules.length === 0) return untold(survey, 'dmidecode');
      const sum = modules.reduce((total, size) => total + size, 0);
      const words = `${survey.facts.memoryMib} MiB of ${sum} MiB`;
      return survey.facts.memoryMib >= sum * (1 - keptBackShare) ? pass(words) : warn(words);
    },
  },
  {
    id: 'HW-MEM-06',
    scope: 'node',
    title: 'memory in use before the installation',
    why: 'What something else holds is missing later.',
    wanted: 'at least 60 % free (a node of this site: 10 %)',
    remedy: 'See who holds it: ps -eo rss,comm --sort -rss | head',
    judge({ survey, ours }) {
      const free = survey.number('memoryAvailableKib');
      const { memoryMib } = survey.facts;
      return atLeast(
        free === undefined || memoryMib === 0 ? undefined : Math.round(free / 10.24 / memoryMib),
        { warn: ours ? 10 : 60, unit: ' %', untold: untold(survey, '/proc/meminfo') },
      );
    },
  },
  {
    id: 'HW-MEM-07',
    scope: 'node',
    title: 'memory set aside for huge pages',
    why: 'It is missing for everything else, and the scheduler does not count it unless told.',
    wanted: 'at most 10 % of the memory',
    remedy: 'sysctl -w vm.nr_hugepages=0, and take it out of /etc/sysctl.d and the kernel arguments',
    judge({ survey }) {
      const [pages, kib] = [survey.number('hugePages'), survey.number('hugePageKib')];
      const { memoryMib } = survey.facts;
      const share =
        pages === undefined || kib === undefined ? undefined : (pages * kib) / 1024 / Math.max(1, memoryMib);
      return atMost(share === undefined ? undefined : Math.round(share * 100), {
        warn: 10,
        unit: ' %',
        untold: untold(survey, '/proc/meminfo'),
      });
    },
  },
  {
    id: 'HW-MEM-08',
    scope: 'node',
    title: 'swap',
    why: 'The kubelet refuses to start with swap, and etcd must never wait for it.',
    wanted: 'none',
    remedy: 'swapoff -a, and remove the swap line from /etc/fstab',
    required: true,
    judge: ({ survey }) => noneListed(survey, 'swaps', survey.facts.swap, 'fail'),
  },
  {
    id: 'HW-MEM-09',
    scope: 'node',
    title: 'memory may be promised twice',
    why: 'With strict accounting (vm.overcommit_memory 2) programs of the platform fail to start at odd moments.',
    wanted: 'vm.overcommit_memory 0 or 1',
    remedy: 'sysctl -w vm.overcommit_memory=1, and correct it in /etc/sysctl.d',
    judge({ survey }) {
      const mode = survey.one('overcommit');
      if (mode === undefined) return untold(survey, '/proc/sys/vm/overcommit_memory');
      return mode === '2' ? warn(mode) : pass(mode);
    },
  },
];

function errors(survey: Survey, key: 'corrected' | 'uncorrected', worst: 'warn' | 'fail'): Judgement {
  const counts = survey.values(key);
  return atMost(counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + Number(count), 0), {
    [worst]: 0,
    untold: untold(survey, '/sys/devices/system/edac/mc'),
  });
}
