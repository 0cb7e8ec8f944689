import type { NodeCheck } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';

const hostNamePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const uselessNames = ['localhost', 'debian', 'ubuntu', 'unassigned-hostname', '(none)'];

/** Who the machine is, and what its firmware says of itself. */
export const identityChecks: readonly NodeCheck[] = [
  {
    id: 'ID-01',
    scope: 'node',
    title: 'host name',
    why: 'It becomes the name of the node, and part of names in DNS.',
    wanted: 'lower-case letters, digits and dashes; not localhost or the name of a distribution',
    remedy: 'hostnamectl set-hostname NAME',
    judge({ survey: { facts } }) {
      const name = facts.hostname;
      const fits = hostNamePattern.test(name.split('.')[0] ?? '') && !uselessNames.includes(name);
      return fits ? pass(name) : warn(name);
    },
  },
  {
    id: 'ID-02',
    scope: 'node',
    title: 'host name and inventory agree',
    why: 'A host that calls itself differently may be another machine than the one meant.',
    wanted: 'the name in inventory.yaml',
    remedy: 'hostnamectl set-hostname NAME, or correct the inventory',
    judge({ survey: { facts }, node }) {
      const [name] = facts.hostname.split('.');
      return name === node.name ? pass(facts.hostname) : warn(facts.hostname, { wanted: node.name });
    },
  },
  {
    id: 'ID-03',
    scope: 'node',
    title: 'machine id',
    why: 'The node, its logs and its addresses are told apart by it.',
    wanted: '32 hexadecimal digits in /etc/machine-id',
    remedy: 'rm -f /etc/machine-id && systemd-machine-id-setup, and reboot',
    required: true,
    judge({ survey }) {
      if (survey.one('surveyed') === undefined) return unknown();
      const id = survey.one('machineId');
      if (id === undefined) return fail('empty');
      return /^[0-9a-f]{32}$/.test(id) ? pass(id) : fail(id);
    },
  },
  {
    id: 'ID-04',
    scope: 'node',
    title: 'serial number',
    why: 'A machine is found again by it, in the rack and in the contract.',
    wanted: 'told by the firmware',
    remedy: 'Have the vendor enter it; until then name the machine by UUID and MAC address in the inventory.',
    judge({ survey }) {
      const serial = survey.one('system.serial');
      return serial === undefined ? unknown(junkOf(survey.of('system.serial'))) : pass(serial);
    },
  },
  {
    id: 'ID-05',
    scope: 'node',
    title: 'collectors agree',
    why: 'Two ways to read the same thing that differ mean that one of them must not be believed.',
    wanted: 'the same serial number, UUID, model and BIOS version by sysfs and dmidecode',
    remedy: 'Compare: dmidecode -t system; grep . /sys/class/dmi/id/*',
    judge({ survey }) {
      const keys = ['system.serial', 'system.uuid', 'system.model', 'bios.version'];
      const told = keys.filter((key) => survey.values(key).length > 1);
      if (told.length === 0) return unknown();
      const differing = told.filter(
        (key) => new Set(survey.values(key).map((one) => one.toLowerCase())).size > 1,
      );
      return none(
        differing.map((key) => `${key}: ${survey.values(key).join(' and ')}`),
        'fail',
      );
    },
  },
  {
    id: 'FW-01',
    scope: 'node',
    title: 'BIOS version',
    why: 'Which one runs belongs into the report.',
    wanted: 'told by the firmware',
    remedy: 'Read it at the console or by the BMC.',
    judge({ survey }) {
      const version = survey.one('bios.version');
      return version === undefined
        ? unknown()
        : pass([version, survey.one('bios.date')].filter(Boolean).join(' of '));
    },
  },
  {
    id: 'FW-02',
    scope: 'node',
    title: 'Secure Boot',
    why: 'Without it, a changed boot loader or kernel is not noticed.',
    wanted: 'on',
    remedy: 'Switch it on in the firmware.',
    judge({ survey }) {
      const state = survey.one('secureBoot');
      if (state !== undefined) return state === '1' ? pass('on') : warn('off');
      return survey.one('firmware') === 'bios' ? warn('the machine boots by BIOS') : unknown();
    },
  },
  {
    id: 'FW-03',
    scope: 'node',
    title: 'TPM',
    why: 'Keys that are bound to a machine need one.',
    wanted: 'TPM 2.0',
    remedy: 'Switch it on in the firmware.',
    judge({ survey }) {
      const version = survey.one('tpm');
      if (version === undefined) return unknown();
      return version === '2' ? pass('2.0') : warn(version);
    },
  },
  {
    id: 'FW-04',
    scope: 'node',
    title: 'management controller',
    why: 'Without one, a machine that hangs needs a walk to the rack.',
    wanted: 'present (IPMI device), or named in the inventory',
    remedy: 'modprobe ipmi_si ipmi_devintf; check the cable of the management port',
    judge: ({ survey }) => (survey.one('bmc') === undefined ? unknown() : pass('IPMI')),
  },
];

function junkOf(facts: readonly { readonly raw: string }[]): string | undefined {
  const [first] = facts;
  return first === undefined ? undefined : `the firmware says "${first.raw}", which is nobody's`;
}
