import type { NodeCheck } from '../check.ts';
import { judgeVersion } from '../firmware-version.ts';
import { fail, pass, unknown, warn } from '../judgements.ts';
import { bmcAddress } from '../read-bmc.ts';
import { untold } from '../untold.ts';

const lineToAdd = 'bmc: {address: redfish+https://ADDRESS, credentialRef: vault:kv/bmc/NODE}';

/** The small computer beside the machine, by which it is switched on and off from afar (BMC). */
export const managementControllerChecks: readonly NodeCheck[] = [
  {
    id: 'FW-04',
    scope: 'node',
    title: 'management controller',
    why: 'Without one that answers, a machine that hangs needs a walk to the rack.',
    wanted: 'it answers the machine, and the inventory names it',
    remedy:
      'modprobe ipmi_si ipmi_devintf; reset the controller when it stays silent (ipmitool mc reset cold); check the cable of the management port',
    judge({ node, survey, match: { model } }) {
      const named = node.hardware?.bmc;
      if (survey.one('bmc') === undefined) {
        if (named === undefined || survey.virtual !== undefined || !survey.asked('files'))
          return untold(survey, '/dev/ipmi0');
        return warn('the inventory names one, the machine shows none');
      }
      const version = survey.one('bmcFirmware');
      if (version === undefined) return warn('there is one, and it does not answer the machine');
      if (named === undefined)
        return warn(`the machine has one (firmware ${version}), the inventory names none`, {
          remedy: `Add it to the node in inventory.yaml: ${lineToAdd}; its address: ipmitool lan print`,
        });
      // That it answers is all that is asked of it where the model file names no versions.
      const judged = judgeVersion(version, model?.firmware?.bmc, 'bmc');
      return judged.status === 'unknown' ? pass(`firmware ${version}`) : judged;
    },
  },
  {
    id: 'BMC-01',
    scope: 'node',
    title: 'management controller is apart',
    why: 'Whoever takes over a node, or a pod on it, would switch machines off and boot them from images of his own.',
    wanted: 'the node gets no answer from it over the network',
    remedy:
      'Put the controllers into a network of their own that nodes have no way into; see the way: ip route get ADDRESS',
    judge({ node, survey, bmc }) {
      const declared = node.hardware?.bmc;
      if (declared === undefined)
        return unknown('the inventory names none', {
          remedy: `Where the machine has one, add it to the node in inventory.yaml: ${lineToAdd}`,
        });
      if (bmcAddress(node) === undefined)
        return unknown(`${declared.address} names no address that could be asked`, {
          remedy:
            'Name it by its IPv4 address in inventory.yaml: bmc: {address: redfish+https://10.99.0.11, ...}',
        });
      if (bmc === undefined) return untold(survey, 'perl');
      const answering = bmc.filter(({ word }) => word === 'open' || word === 'answered');
      return answering.length === 0
        ? pass(`${bmc.length} tries, no answer`)
        : fail(`${bmcAddress(node)} answers on ${answering.map(({ port }) => port).join(', ')}`);
    },
  },
];
