import { describeDisk, disksOf } from '../../hardware/disks.ts';
import { fileSystemDisk, sharedDisks } from '../../hardware/file-system-disk.ts';
import type { FileSystem } from '../../site/file-systems.ts';
import type { NodeCheck, NodeSubject } from '../check.ts';
import { fail, none, pass, warn } from '../judgements.ts';

/** What a node's profile asks of its machine, and can be told before anything is changed. */
export const profileDemandChecks: readonly NodeCheck[] = [
  {
    id: 'OS-29',
    scope: 'node',
    title: 'kernel arguments of the profile',
    why: 'They only hold from the boot on at which the kernel was started with them.',
    wanted: 'in effect, or GRUB to set them with',
    remedy:
      'Boot the node once more at a quiet hour: kubectl drain NODE --ignore-daemonsets; systemctl reboot; kubectl uncordon NODE',
    judge({ node, survey: { facts } }) {
      const wanted = node.profile.kernelArguments;
      if (wanted.length === 0) return pass('none asked for');
      const missing = wanted.filter((argument) => !facts.kernelArguments.includes(argument));
      if (missing.length === 0) return pass(wanted.join(' '));
      const words = `not in effect: ${missing.join(' ')}`;
      if (facts.kubeletConfigured) return warn(words);
      if (facts.grub) return pass(`${words}; they will be set, with one boot`);
      return fail(`${words}; there is no GRUB to set them with`, {
        remedy:
          'Set them by hand in the boot loader of this host and boot it, or take them out of the profile.',
      });
    },
  },
  {
    id: 'HW-DSK-17',
    scope: 'node',
    title: 'disks of the profile',
    why: 'A folder that gets a disk of its own needs exactly one disk that is meant for it, with nothing else on it.',
    wanted: 'one disk for each file system of the profile, blank or carrying that file system already',
    remedy:
      'Name it by serial number or WWN: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN,FSTYPE,MOUNTPOINT. What nobody needs any more is wiped with: wipefs --all DEVICE',
    required: true,
    never: 'waived',
    judge(subject) {
      const { node, survey } = subject;
      const { filesystems } = node.profile;
      if (filesystems.length === 0) return pass('none asked for');
      const problems = filesystems.flatMap((wanted) => problemOf(wanted, subject));
      return none([...problems, ...sharedDisks(node, disksOf(survey))], 'fail');
    },
  },
];

function problemOf(wanted: FileSystem, { node, survey, ours }: NodeSubject): string[] {
  const { mount } = wanted;
  const { disk, fitting } = fileSystemDisk(wanted, node, disksOf(survey));
  if (disk === undefined)
    return [`${fitting.length === 0 ? 'no disk fits' : `${fitting.length} disks fit`} for ${mount}`];
  // Of a host that is ours already the file system is ours too; the playbook tells by its UUID.
  const others = disk.usedFor.filter((use) => use !== mount && !(ours && (use === 'ext4' || use === 'xfs')));
  return others.length === 0
    ? []
    : [`${describeDisk(disk)}, meant for ${mount}, carries ${others.join(', ')}`];
}
