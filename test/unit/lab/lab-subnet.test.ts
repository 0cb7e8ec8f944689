import { describe, expect, it } from 'vitest';
import { chooseSubnet, gatewayOf, hostAddress } from '../../../installer/lab/lab-subnet.ts';

const everySubnet = Array.from({ length: 256 }, (_, index) => `172.30.${index}.0/24`);

describe('the subnet of a lab', () => {
  it('is the same each time for one lab', () => {
    expect(chooseSubnet('/labs/try', [])).toBe(chooseSubnet('/labs/try', []));
  });

  it('moves on when its place is taken, by the same, a larger or a smaller network', () => {
    const first = chooseSubnet('/labs/try', []) ?? '';
    const next = chooseSubnet('/labs/try', [first]);
    expect(next).not.toBe(first);
    expect(chooseSubnet('/labs/try', [first.replace('.0/24', '.77')])).toBe(next);
    expect(chooseSubnet('/labs/try', [first.replace('.0/24', '.128/25')])).toBe(next);
    const third = Number(first.split('.')[2]);
    const wide = `172.30.${third & 0xf0}.0/20`;
    const [, , chosen] = (chooseSubnet('/labs/try', [wide]) ?? '').split('.');
    expect(Number(chosen) & 0xf0).not.toBe(third & 0xf0);
  });

  it('finds the only free one, and says when there is none', () => {
    const allButOne = everySubnet.filter((one) => one !== '172.30.42.0/24');
    expect(chooseSubnet('/labs/try', allButOne)).toBe('172.30.42.0/24');
    expect(chooseSubnet('/labs/try', everySubnet)).toBeUndefined();
    expect(chooseSubnet('/labs/try', ['172.16.0.0/12'])).toBeUndefined();
    expect(chooseSubnet('/labs/try', ['10.0.0.0/8', '192.168.0.0/16', '172.31.0.0/16'])).toBeDefined();
  });

  it('gives the installer .1 and hosts the numbers from .11', () => {
    expect(gatewayOf('172.30.7.0/24')).toBe('172.30.7.1');
    expect(hostAddress('172.30.7.0/24', 0)).toBe('172.30.7.11');
    expect(hostAddress('172.30.7.0/24', 59)).toBe('172.30.7.70');
  });
});
