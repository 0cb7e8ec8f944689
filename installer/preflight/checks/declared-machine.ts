import { chooseDisk } from '../../hardware/choose-disk.ts';
import { describeDisk, disksOf } from '../../hardware/disks.ts';
import { isProven, readIdentity } from '../../hardware/identity.ts';
import { limitProblems } from '../../hardware/limits.ts';
import type { DeviceHints } from '../../site/node-hardware.ts';
import type { Judgement, NodeCheck, NodeSubject } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';

/** The machine against what the inventory and the catalogue say of it. What they do not say is not asked. */
export const declaredMachineChecks: readonly NodeCheck[] = [
  {
    id: 'ID-06',
    scope: 'node',
    title: 'model',
    why: 'A machine of another model was put in this place, or the wrong address stands in the inventory.',
    wanted: 'the model that the inventory expects',
    remedy:
      'See the evidence: perimeter hardware match SITE. Correct expectModel, or say, signed, what it is: perimeter hardware override --help',
    required: true,
    judge({ node, match }) {
      const expected = node.hardware?.expectModel;
      const { status, model, scores } = match;
      const found =
        model === undefined
          ? `${status}${scores[0] === undefined ? '' : `, nearest is ${scores[0].slug}`}`
          : model.slug;
      if (expected === undefined) return model === undefined ? unknown(found) : pass(found);
      return model?.slug === expected ? pass(`${found} (${status})`) : fail(found, { wanted: expected });
    },
  },
  {
    id: 'ID-07',
    scope: 'node',
    title: 'identity',
    why: 'Before a disk is touched, it must be sure that this is the machine which was meant.',
    wanted: 'two of serial, UUID and hardware addresses agree with the inventory, and none differs',
    remedy:
      'Look at the machine: cat /sys/class/dmi/id/product_serial /sys/class/dmi/id/product_uuid; ip -br link. Then correct address or identity in the inventory.',
    required: true,
    never: 'waived',
    judge({ node, survey }) {
      const identity = node.hardware?.identity;
      const touches =
        node.profile.filesystems.length > 0 ||
        node.hardware?.rootDeviceHints !== undefined ||
        node.hardware?.etcdDeviceHints !== undefined;
      if (identity === undefined) {
        return touches
          ? fail('the inventory names disks, but no identity', {
              wanted: 'identity with two of serial, uuid and macs',
            })
          : unknown('not declared');
      }
      const reading = readIdentity(identity, survey);
      if (reading.differing.length > 0) return fail(reading.differing.join('; '));
      const words = `${reading.agreeing.join(' and ') || 'nothing'} agree${reading.agreeing.length === 1 ? 's' : ''}`;
      if (isProven(reading)) return pass(words);
      const short = `${words}; not told: ${reading.untold.join(', ')}`;
      return touches ? fail(short) : unknown(short);
    },
  },
  {
    id: 'HW-LIM-01',
    scope: 'node',
    title: 'parts of the machine',
    why: 'A part that is missing or broken shows as a number below what the model has.',
    wanted: 'within the limits of its model',
    remedy:
      'Open the machine, or correct the limits of the model when they are wrong: perimeter hardware show MODEL',
    judge({ match, survey }) {
      if (match.model === undefined || match.model.limits.length === 0) return unknown('no limits are known');
      return none(limitProblems(survey, match.model), 'fail');
    },
  },
  {
    id: 'HW-DSK-15',
    scope: 'node',
    title: 'disk of the system',
    why: 'Hints that fit two disks would one day take the wrong one.',
    wanted: 'exactly one disk fits rootDeviceHints',
    remedy: 'Name it by serial number or WWN: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN',
    required: true,
    judge: (subject) => byHints(subject, subject.node.hardware?.rootDeviceHints),
  },
  {
    id: 'HW-DSK-16',
    scope: 'node',
    title: 'disk of etcd',
    why: 'Hints that fit two disks would one day take the wrong one; on the disk of the system etcd waits for everything else.',
    wanted: 'exactly one disk fits etcdDeviceHints, and it is not the disk of the system',
    remedy: 'Name it by serial number or WWN: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN',
    required: true,
    judge(subject) {
      const { rootDeviceHints, etcdDeviceHints } = subject.node.hardware ?? {};
      const judged = byHints(subject, etcdDeviceHints);
      if (judged.status !== 'pass' || etcdDeviceHints === undefined || rootDeviceHints === undefined)
        return judged;
      const disks = disksOf(subject.survey);
      const both =
        chooseDisk(rootDeviceHints, disks).disk?.name === chooseDisk(etcdDeviceHints, disks).disk?.name;
      return both ? fail(`${judged.observed} is the disk of the system too`) : judged;
    },
  },
  {
    id: 'BMC-01',
    scope: 'node',
    title: 'management controller in the inventory',
    why: 'A machine of a model with one should have it named, so that it can be switched off and on from afar.',
    wanted: 'bmc with an address and a reference to its credentials',
    remedy:
      'Add it to the node in inventory.yaml: bmc: {address: redfish+https://ADDRESS, credentialRef: vault:kv/bmc/NODE}',
    judge({ node, survey }) {
      const bmc = node.hardware?.bmc;
      if (bmc !== undefined) return pass(bmc.address);
      return survey.one('bmc') === undefined
        ? unknown()
        : warn('the machine has one, the inventory names none');
    },
  },
];

function byHints({ survey }: NodeSubject, hints: DeviceHints | undefined): Judgement {
  if (hints === undefined) return unknown('not declared');
  const disks = disksOf(survey);
  if (disks.length === 0) return fail('no disk is told by the machine');
  const { disk, fitting } = chooseDisk(hints, disks);
  if (disk !== undefined) return pass(describeDisk(disk));
  return fail(
    fitting.length === 0
      ? `none of ${disks.map(describeDisk).join(', ')}`
      : `${fitting.length} disks fit: ${fitting.map(describeDisk).join(', ')}`,
  );
}
