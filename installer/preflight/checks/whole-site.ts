import type { ErrorCode } from '../../base/error-codes.ts';
import { isPerimeterError, messageOf } from '../../base/errors.ts';
import { overlaps } from '../../site/networks.ts';
import { controlPlaneNodes } from '../../site/site.ts';
import { isExpired } from '../../site/waivers.ts';
import type { PlacedJudgement, SiteCheck, SiteSubject } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';

/** Whether the hosts can be talked to at all, and what the site folder itself says. */
export const wholeSiteChecks: readonly SiteCheck[] = [
  {
    id: 'SSH-01',
    scope: 'site',
    title: 'the host answers',
    why: 'Nothing can be known of a host that does not.',
    wanted: 'SSH at the address of the inventory',
    remedy: 'Check that it is switched on and that its SSH port answers: ssh -v ADDRESS',
    required: true,
    never: 'waived',
    judge: (subject) => unreached(subject, (code) => code !== 'E_HOST_KEY' && code !== 'E_HOST_LOGIN'),
  },
  {
    id: 'SSH-02',
    scope: 'site',
    title: 'host key',
    why: 'Another key is another machine, or somebody in between.',
    wanted: 'the key pinned in inventory.yaml',
    remedy:
      'On the host itself, not over the network: cat /etc/ssh/ssh_host_ed25519_key.pub; correct the inventory if it was installed anew.',
    required: true,
    never: 'waived',
    judge: (subject) => unreached(subject, (code) => code === 'E_HOST_KEY'),
  },
  {
    id: 'SSH-03',
    scope: 'site',
    title: 'login',
    why: 'The installer works as root, or as somebody who may become root without a password.',
    wanted: 'the key of the inventory opens the host',
    remedy:
      'Put the public key into authorized_keys on the host; for others than root: allow sudo without a password.',
    required: true,
    never: 'waived',
    judge: (subject) => unreached(subject, (code) => code === 'E_HOST_LOGIN'),
  },
  {
    id: 'SITE-01',
    scope: 'site',
    title: 'control planes',
    why: 'One control plane is lost with its machine; three survive the loss of any one.',
    wanted: 'three',
    remedy: 'Give three nodes a profile with the role control-plane.',
    judge({ site }) {
      const number = controlPlaneNodes(site).length;
      return [number >= 3 ? pass(String(number)) : warn(String(number))];
    },
  },
  {
    id: 'SITE-02',
    scope: 'site',
    title: "networks of the installer's machine",
    why: 'Where they overlap those of pods or services, the installer cannot tell them apart.',
    wanted: 'apart from the networks of pods and services',
    remedy: 'Choose other networks in site.yaml, or run the installer from another machine.',
    judge({ site, installerNetworks }) {
      const { podCidr, serviceCidr } = site.network;
      return [
        none(
          installerNetworks.filter((network) => overlaps(network, podCidr) || overlaps(network, serviceCidr)),
          'warn',
        ),
      ];
    },
  },
  {
    id: 'SITE-03',
    scope: 'site',
    title: 'file of the credentials',
    why: 'It holds every password of the site.',
    wanted: 'readable by its owner only (0600), or not there yet',
    remedy: 'chmod 600 SITE/credentials.json',
    required: true,
    judge({ credentialsMode: mode }) {
      if (mode === undefined) return [pass('not there yet')];
      const words = `0${(mode & 0o777).toString(8)}`;
      return [(mode & 0o077) === 0 ? pass(words) : fail(words)];
    },
  },
  {
    id: 'SITE-04',
    scope: 'site',
    title: 'waivers',
    why: 'What was accepted for a time must be looked at again when that time is over.',
    wanted: 'none expired; each names a check and a node that exist, and a check that may be waived',
    remedy: 'Mend what it was for, or renew it with a new ticket: SITE/waivers.yaml',
    judge({ site, now, knownChecks }) {
      const bad = site.waivers.flatMap((waiver) => {
        const name = `${waiver.check}${waiver.node === undefined ? '' : ` on ${waiver.node}`} (${waiver.ticket})`;
        if (isExpired(waiver, now)) return [`${name} expired on ${waiver.expires}`];
        return knownChecks.includes(waiver.check) ? [] : [`${name} names no check that may be waived`];
      });
      return [none(bad, 'warn')];
    },
  },
  {
    id: 'SITE-05',
    scope: 'site',
    title: 'size of this bundle is known',
    why: 'Disk and time are judged by it.',
    wanted: 'a bundle, or images.lock',
    remedy: 'Name it: perimeter check SITE --bundle FILE',
    judge({ nodes }) {
      if (nodes.length === 0)
        return [
          unknown('no host could be looked at', { remedy: 'See why: SSH-01, SSH-02 and SSH-03 say it.' }),
        ];
      const isKnown = nodes.some(({ need }) => need !== undefined);
      return [
        isKnown ? pass('known') : warn('neither a bundle nor images.lock says it; only the profile does'),
      ];
    },
  },
];

function unreached(
  subject: SiteSubject,
  mine: (code: ErrorCode | undefined) => boolean,
): readonly PlacedJudgement[] {
  const answered = subject.nodes.map(({ node }): PlacedJudgement => ({ node: node.name, ...pass('yes') }));
  const refused = subject.unreached.flatMap(({ node, error }): PlacedJudgement[] => {
    const known = isPerimeterError(error) ? error : undefined;
    if (!mine(known?.code)) return [];
    const observed = messageOf(error).replace(`${node}: `, '');
    return [{ node, ...fail(observed, known === undefined ? {} : { remedy: known.hint }) }];
  });
  return [...answered, ...refused];
}
