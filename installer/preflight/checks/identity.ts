import { compareCollectors } from '../../hardware/collectors.ts';
import { nodeLink } from '../../hardware/links.ts';
import type { NodeCheck } from '../check.ts';
import { judgeVersion } from '../firmware-version.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';
import { unasked, untold } from '../untold.ts';

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
      if (!survey.asked('files')) return unasked(survey, 'files');
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
    wanted: 'told by the firmware, and the inventory says which machine is meant',
    remedy: 'Have the vendor enter it; until then name the machine by UUID and MAC address in the inventory.',
    judge({ survey, node }) {
      const serial = survey.one('system.serial');
      if (serial === undefined) {
        const [junk] = survey.of('system.serial');
        return junk === undefined
          ? untold(survey, '/sys/class/dmi/id/product_serial')
          : unknown(`the firmware says "${junk.raw}", which is nobody's`);
      }
      if (node.hardware?.identity !== undefined) return pass(serial);
      return warn(`${serial}, but another machine at this address would not be noticed`, {
        remedy: `Add to the node in inventory.yaml: ${identityOf(serial, nodeLink(survey, node.address)?.mac, survey.one('system.uuid'))}`,
      });
    },
  },
  {
    id: 'ID-05',
    scope: 'node',
    title: 'collectors agree',
    why: 'Two ways to read the same thing that differ mean that one of them must not be believed.',
    wanted:
      'the same serial number, UUID, model, BIOS version, memory and disks by sysfs, dmidecode and lsblk, and by systeminformation where the agent is',
    remedy: 'Compare: dmidecode -t system -t memory; grep . /sys/class/dmi/id/*; lsblk -o NAME,SIZE,SERIAL',
    judge({ survey }) {
      const { compared, differences } = compareCollectors(survey);
      return compared === 0 ? unknown('nothing is told by two of them') : none(differences, 'fail');
    },
  },
  {
    id: 'FW-01',
    scope: 'node',
    title: 'BIOS version',
    why: 'Firmware that nobody tried with this model hides faults that look like those of the platform.',
    wanted: 'one that the model file approves (firmware.bios)',
    remedy:
      'Bring the machine to an approved version, or approve this one in its model file after trying it.',
    judge({ survey, match: { model } }) {
      const version = survey.one('bios.version');
      if (version === undefined) return untold(survey, '/sys/class/dmi/id/bios_version');
      return judgeVersion(version, model?.firmware?.bios, 'bios');
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
      return survey.one('firmware') === 'bios'
        ? warn('the machine boots by BIOS')
        : untold(survey, '/sys/firmware/efi');
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
      if (version === undefined) return untold(survey, '/sys/class/tpm/tpm0');
      return version === '2' ? pass('2.0') : warn(version);
    },
  },
];

/** The line to paste. Two are needed before a disk may be touched. */
function identityOf(serial: string, mac: string | undefined, uuid: string | undefined): string {
  const second = mac === undefined ? `uuid: ${uuid ?? 'UUID'}` : `macs: ["${mac}"]`;
  return `identity: {serial: ${JSON.stringify(serial)}, ${second}}`;
}
