import { chooseDisk } from '../../hardware/choose-disk.ts';
import { describeDisk, disksOf } from '../../hardware/disks.ts';
import { isProven, readIdentity } from '../../hardware/identity.ts';
import { limitProblems, quantitiesOf } from '../../hardware/limits.ts';
import type { Survey } from '../../hosts/survey.ts';
import type { DeviceHints } from '../../site/node-hardware.ts';
import type { Judgement, NodeCheck, NodeSubject } from '../check.ts';
import { etcdPlace, hasEtcdMount } from '../etcd-place.ts';
import { fail, none, pass, unknown } from '../judgements.ts';
import { untold } from '../untold.ts';

/** The machine against what the inventory and the catalogue say of it. What they do not say is not asked. */
export const declaredMachineChecks: readonly NodeCheck[] = [
  {
    id: 'ID-06',
    scope: 'node',
    title: 'model',
    why: 'Of a machine that nobody recognises nobody knows what it should look like; another may have been put in its place.',
    wanted: 'one model of the catalogue, and the one that the inventory expects',
    remedy:
      'See the evidence: perimeter hardware match SITE. Add the model (perimeter hardware capture SITE NODE --out SITE/hardware), correct expectModel, or say, signed, what it is: perimeter hardware override --help',
    required: true,
    judge({ node, match, survey }) {
      const expected = node.hardware?.expectModel;
      const { status, model, scores } = match;
      const found =
        model === undefined
          ? `${status}${scores[0] === undefined ? '' : `, nearest is ${scores[0].slug}`}`
          : model.slug;
      if (expected === undefined) {
        if (model !== undefined) return pass(found);
        // What is no machine of its own has no model, and one whose firmware says nothing at all cannot be told from it.
        const [told] = [...survey.of('system.manufacturer'), ...survey.of('system.model')];
        if (survey.virtual !== undefined || told === undefined) return modelless(survey, found);
        return fail(`${found}: it calls itself "${nameOf(survey)}"`, {
          wanted: 'one model of the catalogue',
          ...(survey.one('system.serial') === undefined ? { remedy: withoutSerial } : {}),
        });
      }
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
          : unknown('not declared', {
              remedy: 'Add to the node in inventory.yaml: identity: {serial: ..., macs: [...]}',
            });
      }
      const reading = readIdentity(identity, survey);
      if (reading.differing.length > 0) return fail(reading.differing.join('; '));
      const words = `${reading.agreeing.join(' and ') || 'nothing'} agree${reading.agreeing.length === 1 ? 's' : ''}`;
      if (isProven(reading)) return pass(words);
      const short = `${words}; not told: ${reading.untold.join(', ')}`;
      return touches
        ? fail(short)
        : unknown(short, { remedy: 'Name what the machine does tell: perimeter hardware match SITE' });
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
      const limits = match.model?.limits ?? [];
      if (match.model === undefined || limits.length === 0)
        return unknown('no limits are known', {
          remedy:
            'Name them in the model file: limits: [{what: disks, min: 2, provenance: supplied, source: ...}]',
        });
      const problems = limitProblems(survey, match.model);
      const found = quantitiesOf(survey);
      const uncounted = limits.filter(({ what }) => found[what] === undefined).map(({ what }) => what);
      if (problems.length > 0 || uncounted.length === 0) return none(problems, 'fail');
      return unknown(`cannot be counted: ${uncounted.join(', ')}`, {
        remedy: 'Count by hand: lscpu; free -m; lsblk; ip -br link',
      });
    },
  },
  {
    id: 'HW-DSK-15',
    scope: 'node',
    title: 'disk of the system',
    why: 'Hints that fit two disks would one day take the wrong one.',
    wanted: 'exactly one disk fits rootDeviceHints, and the system lies on it',
    remedy: 'Name it by serial number or WWN: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN',
    required: true,
    judge(subject) {
      const { disk, judged } = byHints(subject, subject.node.hardware?.rootDeviceHints);
      if (disk === undefined) return judged;
      const places = subject.survey.values('rootDisk');
      if (places.length === 0)
        return {
          ...untold(subject.survey, 'findmnt'),
          observed: `${judged.observed} fits; which disk carries / is not told`,
        };
      return places.includes(disk)
        ? judged
        : fail(`${judged.observed} fits, but / lies on ${places.join(' and ')}`);
    },
  },
  {
    id: 'HW-DSK-16',
    scope: 'node',
    title: 'disk of etcd',
    why: 'Hints that fit two disks would one day take the wrong one; on the disk of the system etcd waits for everything else.',
    wanted: 'exactly one disk fits etcdDeviceHints, it is not the disk of the system, and etcd lies on it',
    remedy: 'Name it by serial number or WWN: lsblk -o NAME,SIZE,MODEL,SERIAL,WWN',
    required: true,
    judge(subject) {
      const { rootDeviceHints, etcdDeviceHints } = subject.node.hardware ?? {};
      const { disk, judged } = byHints(subject, etcdDeviceHints);
      if (disk === undefined) return judged;
      const ofSystem =
        rootDeviceHints === undefined
          ? undefined
          : chooseDisk(rootDeviceHints, disksOf(subject.survey)).disk?.name;
      if (ofSystem === disk) return fail(`${judged.observed} is the disk of the system too`);
      const places = subject.survey.values('etcdDisk');
      if (places.length > 0)
        return places.includes(disk)
          ? judged
          : fail(`${judged.observed} fits, but etcd lies on ${places.join(' and ')}`);
      // Mounted is it by the installation; once etcd has data elsewhere, it would stay there.
      return subject.survey.facts.kubernetesTraces.includes(etcdPlace) && !hasEtcdMount(subject.survey)
        ? fail(`${judged.observed} fits, but etcd has its data in ${etcdPlace} on the disk of the system`)
        : judged;
    },
  },
];

function byHints(
  { survey }: NodeSubject,
  hints: DeviceHints | undefined,
): { readonly judged: Judgement; readonly disk?: string } {
  if (hints === undefined)
    return {
      judged: unknown('not declared', {
        remedy:
          'To have it held against the machine, name it in inventory.yaml: rootDeviceHints, etcdDeviceHints',
      }),
    };
  const disks = disksOf(survey);
  if (disks.length === 0) return { judged: fail('no disk is told by the machine') };
  const { disk, fitting } = chooseDisk(hints, disks);
  if (disk !== undefined) return { judged: pass(describeDisk(disk)), disk: disk.name };
  return {
    judged: fail(
      fitting.length === 0
        ? `none of ${disks.map(describeDisk).join(', ')}`
        : `${fitting.length} disks fit: ${fitting.map(describeDisk).join(', ')}`,
    ),
  };
}

function modelless({ virtual }: Survey, found: string): Judgement {
  return unknown(
    virtual === undefined
      ? `${found}: the firmware names no model`
      : `${found}: a virtual machine or container (${virtual})`,
    {
      remedy:
        'Nothing, for a virtual machine or container. For a machine of its own: perimeter hardware match SITE',
    },
  );
}

/** Words for machines are by serial number. */
const withoutSerial =
  'See the evidence: perimeter hardware match SITE. It tells no serial number either, so nobody can sign what it is: have the vendor enter both, add the model (perimeter hardware capture SITE NODE --out SITE/hardware), or accept it by a waiver.';

/** What its firmware calls the machine, junk included. */
function nameOf(survey: Survey): string {
  return ['system.manufacturer', 'system.model'].flatMap((key) => survey.of(key)[0]?.raw ?? []).join(' ');
}
