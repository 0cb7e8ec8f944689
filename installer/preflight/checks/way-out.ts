import { contains } from '../../site/networks.ts';
import type { Site } from '../../site/site.ts';
import type { Judgement, NodeCheck, NodeSubject, OutsideAnswer, OutsideWay } from '../check.ts';
import { waysOut } from '../default-routes.ts';
import { isDocumentation, isPrivate } from '../documentation-addresses.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';
import { noneListed, unasked, untold } from '../untold.ts';

/** Whether the perimeter is really closed. */
export const wayOutChecks: readonly NodeCheck[] = [
  {
    id: 'NET-04',
    scope: 'node',
    title: 'default route',
    why: 'Inside a closed perimeter it leads nowhere; where it leads somewhere, the perimeter is open.',
    wanted: 'none, or to a router of the closed network',
    remedy:
      'ip route del default, and in the network configuration; or accept it by a waiver that names the router',
    judge({ survey }) {
      const devices = new Set([...waysOut(survey, 4), ...waysOut(survey, 6)]);
      if (devices.size > 0) return warn(`by ${[...devices].join(', ')}`);
      return survey.asked('routes') ? pass('none') : unasked(survey, 'routes');
    },
  },
  {
    id: 'NET-05',
    scope: 'node',
    title: 'no way out',
    why: 'A closed site must not reach anything outside, neither by connections nor by questions for the time.',
    wanted: 'no answer from any address outside, or no route to it',
    remedy: 'Close it at the router or firewall; see the way: ip route get 198.51.100.1',
    required: true,
    mustBeKnown: true,
    judge: (subject) => judgeSilence(subject, 4),
  },
  {
    id: 'NET-13',
    scope: 'node',
    title: 'no way out by IPv6',
    why: 'What is closed for the older protocol is often open for the newer one, which nobody looked at.',
    wanted: 'no answer from any address outside, or no route to it',
    remedy:
      'The platform needs no IPv6 way out: ip -6 route del default; sysctl -w net.ipv6.conf.all.accept_ra=0',
    required: true,
    mustBeKnown: true,
    judge: (subject) => judgeSilence(subject, 6),
  },
  {
    id: 'NET-06',
    scope: 'node',
    title: 'no way out by DNS',
    why: 'Names are a way to carry data out, and a resolver that knows outside names is an open door.',
    wanted: 'no answer from outside, and name servers that do not ask there',
    remedy: 'Close port 53 to the outside; take forwarders out of the name server.',
    required: true,
    mustBeKnown: true,
    judge({ survey, outside, site }) {
      const asked = answersBy(outside, 'dns');
      if (asked.length === 0) return untold(survey, 'perl');
      const reached = asked.flatMap(({ address, word }) => {
        if (word === 'rooted') return [`${address} knows what the root servers of the Internet say`];
        const answers = word === 'answered' || word === 'resolved';
        return answers && !isInside(address, site) ? [`${address} answered`] : [];
      });
      return reached.length === 0 ? pass('no answer') : none([...new Set(reached)], 'fail');
    },
  },
  {
    id: 'NET-07',
    scope: 'node',
    title: 'names that do not exist',
    why: 'A resolver that answers every name leads programs astray, in pods too.',
    wanted: 'perimeter-probe.invalid is unknown',
    remedy: 'Take the wildcard out of the name server, or the name server out of /etc/resolv.conf.',
    required: true,
    judge({ survey, outside }) {
      const asked = [...answersBy(outside, 'name'), ...answersBy(outside, 'dns')];
      const lied = asked.filter(({ word }) => word === 'resolved');
      if (lied.length > 0)
        return fail(`resolved by ${lied.map(({ address }) => address || 'the resolver').join(', ')}`);
      const looked = asked.some(({ way, word }) => way === 'name' && word !== 'untried');
      return looked ? pass('unknown') : untold(survey, 'getent');
    },
  },
  {
    id: 'NET-08',
    scope: 'node',
    title: 'proxy settings',
    why: 'Programs would send traffic for nodes, pods and services to the proxy; it is also a way out.',
    wanted: 'none',
    remedy: 'Take the proxy lines out of the named places, then: systemctl daemon-reexec',
    judge: ({ survey }) => noneListed(survey, 'environment', survey.values('proxy'), 'fail'),
  },
  {
    id: 'NET-14',
    scope: 'node',
    title: 'no way out through a proxy',
    why: 'What no packet reaches, a proxy that the host is told of may fetch.',
    wanted: 'none that answers',
    remedy:
      'Switch it off or close it for nodes, and take it out of the settings: grep -ri proxy /etc/environment /etc/apt',
    required: true,
    judge({ survey, outside }) {
      if (outside === undefined) return untold(survey, 'perl');
      const proxies = answersBy(outside, 'proxy');
      const untried = proxies.filter(({ word }) => word === 'untried').map(({ address }) => address);
      const open = proxies.filter(({ word }) => /^2\d\d$/.test(word)).map(({ address }) => address);
      if (open.length > 0) return fail(`${open.join(', ')} opens the way to an address outside`);
      const answering = proxies.filter(({ word }) => word !== 'silent' && word !== 'untried');
      if (answering.length > 0)
        return warn(answering.map(({ address, word }) => `${address} answers (${word})`).join(', '));
      if (untried.length > 0)
        return unknown(`not tried: ${untried.join(', ')}`, { remedy: 'apt-get install bash' });
      return pass(proxies.length === 0 ? 'none is named' : 'named, but nobody answers');
    },
  },
  {
    id: 'NET-15',
    scope: 'node',
    title: 'routers on a way out',
    why: 'Packets that routers pass on leave the network, whether somebody answers them or not.',
    wanted: 'no router beyond the first says that it saw a packet for an address outside',
    remedy:
      'Let the first router refuse what is for outside (a route to nowhere); see the way: traceroute -n 198.51.100.1',
    required: true,
    judge(subject) {
      const { survey, outside } = subject;
      const routers = answersBy(outside, 'router');
      const seen = routers.flatMap((answer) =>
        answer.by === undefined ? [] : [{ ...answer, by: answer.by }],
      );
      const beyond = seen.filter(({ word, by }) => Number(word) > 1 || isForeign(by));
      const named = beyond.map(({ by, word, address }) => `${by}, router ${word} on the way to ${address}`);
      if (named.length > 0)
        // Inside a large closed network packets may travel, as long as addresses that would answer stay silent.
        return none(
          named,
          isProvenSilent(subject) && !beyond.some(({ by }) => isForeign(by)) ? 'warn' : 'fail',
        );
      const [first] = seen;
      if (first !== undefined) {
        const words = `${first.by} would pass packets for ${first.address} on`;
        return isProvenSilent(subject) ? pass(`only the first: ${first.by}`) : warn(words);
      }
      if (outside === undefined || !survey.has('has', 'perl')) return untold(survey, 'perl');
      if (waysOut(survey, 4).length === 0 && waysOut(survey, 6).length === 0)
        return survey.asked('routes') ? pass('no route leads out') : unasked(survey, 'routes');
      return unknown(
        routers.length > 0 ? 'the host may not listen for what routers say' : 'no router says anything',
        { remedy: 'Look by hand, as root: traceroute -n 198.51.100.1' },
      );
    },
  },
];

const answersBy = (outside: readonly OutsideAnswer[] | undefined, way: OutsideWay): OutsideAnswer[] =>
  outside?.filter((answer) => answer.way === way) ?? [];

/** Whether addresses were asked that would answer if there were a way to them, and none did. */
function isProvenSilent({ outside }: NodeSubject): boolean {
  const named = answersBy(outside, 'tcp').filter(({ address }) => !isDocumentation(address));
  return named.length > 0 && !named.some(isReached);
}

function isForeign(router: string): boolean {
  return !isPrivate(router) && !isDocumentation(router);
}

/** A refusal is an answer too: somebody is there. */
function isReached({ word }: OutsideAnswer): boolean {
  return word === 'open' || word === 'refused' || word === 'answered';
}

function judgeSilence({ survey, outside }: NodeSubject, protocol: 4 | 6): Judgement {
  const mine = ({ address }: OutsideAnswer): boolean => address.includes(':') === (protocol === 6);
  const tried = [...answersBy(outside, 'tcp'), ...answersBy(outside, 'time')].filter(mine);
  const left = answersBy(outside, 'routed')
    .filter(mine)
    .map(({ address }) => `${address} was not asked: the host has a route of its own there`);
  if (tried.length === 0)
    return left.length === 0 ? untold(survey, 'perl') : unknown(left.join('; '), { remedy: namedProbes });
  const reached = tried.filter(isReached);
  if (reached.length > 0) {
    const found = reached.map(
      ({ way, address, word }) => `${address}: ${word}${way === 'time' ? ' (time)' : ''}`,
    );
    return none([...new Set(found)], 'fail');
  }
  const words = (text: string): string => [text, ...left].join('; ');
  const ways = waysOut(survey, protocol);
  if (ways.length === 0) return pass(words(`${tried.length} tries, no route leads out`));
  if (tried.some(({ address }) => !isDocumentation(address)))
    return pass(words(`${tried.length} tries, nobody there`));
  return warn(
    words(
      `a default route leads out by ${ways.join(', ')}; silence of documentation addresses proves nothing`,
    ),
    protocol === 4 ? { remedy: namedProbes } : {},
  );
}

const namedProbes =
  'Name addresses that would answer if there were a way to them, in site.yaml: network: {outsideProbes: [ADDRESS]}. Or take the way away: ip route del default';

function isInside(address: string, { network: { nodeCidr, podCidr, serviceCidr } }: Site): boolean {
  const own = [nodeCidr, podCidr, serviceCidr].some((network) => contains(network, address));
  return own || isPrivate(address);
}
