import { expect, it } from 'vitest';
import { listensOn } from '../../../installer/lab/host-process.ts';

const table = [
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4210 1 0000 100 0 0 10 0',
  '   1: 0BA51EAC:1F90 01A51EAC:D3A2 01 00000000:00000000 02:000A1D5C 00000000     0        0 4243 2 0000 20 4 29 10 -1',
].join('\n');

it('tells a listening port from a connected one', () => {
  expect(listensOn(22, table)).toBe(true);
  expect(listensOn(8080, table)).toBe(false);
  expect(listensOn(2, table)).toBe(false);
});
