import { expect, test } from 'vitest';
import { dnsAddress } from '../../../../installer/parts/network/dns-address.ts';

test.each([
  ['10.96.0.0/12', '10.96.0.10'],
  ['172.20.7.128/25', '172.20.7.138'],
  ['192.168.255.0/24', '192.168.255.10'],
])('%s', (cidr, address) => {
  expect(dnsAddress(cidr)).toBe(address);
});
