import { expect, test } from 'vitest';
import { contains, formatCidr, overlaps, parseAddress, parseCidr } from '../../../installer/site/networks.ts';

test.each(['10.0.0.1', '0.0.0.0', '255.255.255.255'])('%s is an address', (text) => {
  expect(parseAddress(text)).toBeTypeOf('number');
});

test.each(['10.0.0', '10.0.0.256', '10.0.0.01', '10.0.0.1.2', ' 10.0.0.1', '1e1.0.0.1', ''])(
  '"%s" is none',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);

test.each([
  ['10.20.30.40/16', '10.20.0.0/16'],
  ['255.255.255.255/32', '255.255.255.255/32'],
  ['200.1.2.3/0', '0.0.0.0/0'],
  ['172.31.255.255/12', '172.16.0.0/12'],
])('%s is in %s', (text, network) => {
  const parsed = parseCidr(text);
  expect(parsed && formatCidr(parsed)).toBe(network);
});

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/9', '/8'])('"%s" is no network', (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

test('networks overlap when one holds part of the other', () => {
  expect(overlaps('10.0.0.0/8', '10.200.0.0/16')).toBe(true);
  expect(overlaps('10.200.0.0/16', '10.0.0.0/8')).toBe(true);
  expect(overlaps('10.0.0.0/9', '10.128.0.0/9')).toBe(false);
  expect(overlaps('nonsense', '10.0.0.0/8')).toBe(false);
});

test('a network holds its first and last address and no other', () => {
  expect(contains('10.0.1.0/24', '10.0.1.0')).toBe(true);
  expect(contains('10.0.1.0/24', '10.0.1.255')).toBe(true);
  expect(contains('10.0.1.0/24', '10.0.2.0')).toBe(false);
});
