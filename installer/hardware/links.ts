import { knownText } from '../hosts/known-value.ts';
import type { Survey } from '../hosts/survey.ts';

/** A network interface as the kernel tells it. */
export interface Link {
  readonly name: string;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
  readonly state: string | undefined;
  readonly carrier: boolean | undefined;
  /** Undefined where the driver does not know, as most virtual ones. */
  readonly speedMbits: number | undefined;
  readonly duplex: string | undefined;
  readonly receiveErrors: number;
  readonly sendErrors: number;
  readonly received: number;
  readonly physical: boolean;
  readonly driver: string | undefined;
  readonly firmware: string | undefined;
}

/** What /sys does not tell is taken from ethtool, where that tells it. */
export function linksOf(survey: Survey): readonly Link[] {
  const further = (key: string, link: string): string | undefined => {
    const line = survey.values(key).find((one) => one.startsWith(`${link} `));
    return knownText(line?.slice(link.length + 1));
  };
  return survey.values('nic').map((line) => {
    const [name = '', ...words] = line.split(' ');
    const [mac, mtu, state, carrier, speed, duplex, receiveErrors, sendErrors, received, kind, driver] =
      words.map((word) => (word === '-' || word === '' ? undefined : word));
    const positive = (text: string | undefined): number | undefined =>
      Number(text) > 0 ? Number(text) : undefined;
    return {
      name,
      mac: mac === undefined || /^[0:]+$/.test(mac) ? undefined : mac,
      mtu: positive(mtu),
      state,
      carrier: carrier === undefined ? undefined : carrier === '1',
      speedMbits: positive(speed) ?? positive(further('linkSpeed', name)),
      duplex,
      receiveErrors: Number(receiveErrors ?? 0),
      sendErrors: Number(sendErrors ?? 0),
      received: Number(received ?? 0),
      physical: kind === 'physical',
      driver: driver ?? further('linkDriver', name),
      firmware: further('linkFirmware', name),
    };
  });
}

/** Of all its interfaces, also the one by which a host reaches only itself. */
export function addressesOf(survey: Survey): readonly string[] {
  return survey.values('address').flatMap((line) => line.split(' ')[1]?.split('/')[0] ?? []);
}

/** The interface that carries the node's address. */
export function nodeLink(survey: Survey, address: string): Link | undefined {
  const device = survey
    .values('address')
    .map((line) => line.split(' '))
    .find(([, cidr = '']) => cidr.split('/')[0] === address)?.[0];
  return linksOf(survey).find(({ name }) => name === device?.split('@')[0]);
}
