import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import { labNames } from './lab-names.ts';
import { type Lab, listLabs, readLab } from './lab-store.ts';
import { chooseSubnet } from './lab-subnet.ts';
import { attempt, recipe, recipeWith } from './recipe.ts';

type LabPlace = Pick<Lab, 'name' | 'directory'>;

/** Packets that tried to leave the lab, and were dropped. */
export type EgressCount = {
  readonly packets: number;
  readonly bytes: number;
};

/** A /24 that neither the machine's routes nor another lab uses. Raises E_LAB when none is free. */
export async function freeSubnet(lab: LabPlace): Promise<string> {
  const routes = z
    .array(z.looseObject({ dst: z.string() }))
    .parse(JSON.parse(await recipe`ip -4 -json route show table all`));
  const others = await Promise.all((await listLabs()).map((name) => readLab(name).catch(() => undefined)));
  const taken = [
    ...routes.map((route) => route.dst).filter((destination) => destination !== 'default'),
    ...others.flatMap((other) =>
      other === undefined || other.directory === lab.directory ? [] : [other.subnetCidr],
    ),
  ];
  const subnet = chooseSubnet(lab.directory, taken);
  if (subnet !== undefined) return subnet;
  throw new PerimeterError('E_LAB', {
    message: 'No network is free for the lab: all of 172.30.0.0/16 is in use on this machine.',
    hint: 'See what uses it: ip -4 route; take labs down that nobody needs: perimeter lab down --name NAME',
  });
}

/** The bridge that joins the hosts, with the machine as .1 on it, and the table that counts and drops what wants out. */
export async function ensureNetwork(lab: Lab): Promise<void> {
  const { bridge, gateway, subnetCidr } = lab;
  if ((await attempt`ip link show dev ${bridge}`) === undefined) {
    await recipe`ip link add name ${bridge} address ${hardwareAddress(bridge)} type bridge`;
  }
  await recipe`ip address replace ${gateway}/${subnetCidr.split('/')[1]} dev ${bridge}`;
  await recipe`ip link set dev ${bridge} up`;
  const { table } = labNames(lab.directory, lab.name);
  if ((await attempt`nft list table netdev ${table}`) === undefined) {
    await recipeWith({ input: egressRules(lab, table) })`nft -f -`;
  }
}

export async function removeNetwork(lab: LabPlace): Promise<void> {
  const { bridge, table } = labNames(lab.directory, lab.name);
  if ((await attempt`nft list table netdev ${table}`) !== undefined)
    await recipe`nft delete table netdev ${table}`;
  if ((await attempt`ip link show dev ${bridge}`) !== undefined) await recipe`ip link delete dev ${bridge}`;
}

/** How many packets tried to leave since the lab's network was made. Raises E_LAB when the counter is gone. */
export async function egressCount(lab: LabPlace): Promise<EgressCount> {
  const { table } = labNames(lab.directory, lab.name);
  const answer = JSON.parse(await recipe`nft -j list counters table netdev ${table}`) as unknown;
  const counters = CounterList.parse(answer).nftables.flatMap((item) =>
    item.counter === undefined ? [] : [item.counter],
  );
  const left = counters.find((counter) => counter.name === 'left');
  if (left === undefined) {
    throw new PerimeterError('E_LAB', {
      message: `The counter of packets that leave lab "${lab.name}" is gone; somebody changed nftables table ${table}.`,
      hint: `Take the lab down and start it anew: perimeter lab down --name ${lab.name}`,
    });
  }
  return { packets: left.packets, bytes: left.bytes };
}

const CounterList = z.looseObject({
  nftables: z.array(
    z.looseObject({
      counter: z.looseObject({ name: z.string(), packets: z.number(), bytes: z.number() }).optional(),
    }),
  ),
});

/**
 * Judges every frame that reaches the machine over the lab's bridge; frames between hosts never do. Allowed: the machine's own
 * address in the lab, except its DNS port; broadcast and link-local. All else wants out: counted and dropped. A question for
 * the hardware address of a public IP (a default route without a gateway) is such a try too.
 */
export function egressRules(lab: Pick<Lab, 'bridge' | 'subnetCidr'>, table: string): string {
  return `table netdev ${table} {
  counter left { }
  chain from_hosts {
    type filter hook ingress device "${lab.bridge}" priority 0; policy accept;
    meta pkttype other accept
    udp dport 53 counter name left drop
    tcp dport 53 counter name left drop
    ip daddr { ${lab.subnetCidr}, 224.0.0.0/24, 255.255.255.255 } accept
    meta protocol ip counter name left drop
    ip6 daddr { fe80::/10, ff00::/8 } accept
    meta protocol ip6 counter name left drop
    arp operation request arp daddr ip != { ${privateNetworks.join(', ')} } counter name left drop
  }
}
`;
}

const privateNetworks = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** Fixed, because a bridge otherwise changes its address with its ports and hosts would keep the old one in mind. */
function hardwareAddress(bridge: string): string {
  const bytes = createHash('sha256').update(bridge).digest().subarray(0, 5);
  return ['02', ...Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
