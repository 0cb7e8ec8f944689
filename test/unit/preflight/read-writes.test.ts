import { describe, expect, it } from 'vitest';
import { readWrites } from '../../../installer/preflight/probes.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';

const read = (stdout: string) =>
  readWrites(new MemoryHost({ commands: { 'probe-writes': () => ({ stdout }) } }), '/var/lib/etcd', 3);
const fio = (value: unknown): string =>
  `place /var/lib\nfio ${Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')}\n`;
const sync = { total_ios: 9974, lat_ns: { percentile: { '95.000000': 1, '99.000000': 2_500_000 } } };

describe('how long writes take', () => {
  it('is told with the program and the folder', async () => {
    expect(await read('place /var/lib/etcd\nperl 800000 1500\n')).toEqual({
      by: 'perl',
      place: '/var/lib/etcd',
      p99Ms: 0.8,
      count: 1500,
    });
    // Other numbers of the same report are of the writes themselves, not of their flushes.
    const write = { total_ios: 1, lat_ns: { percentile: { '99.000000': 9_000_000 } } };
    expect(await read(fio({ jobs: [{ sync, write }] }))).toEqual({
      by: 'fio',
      place: '/var/lib',
      p99Ms: 2.5,
      count: 9974,
    });
  });

  it.each([
    ['nothing', ''],
    ['that there is no program', 'place /var/lib\nlacks perl\n'],
    ['a report without flushes', fio({ jobs: [{ write: {} }] })],
    ['no report', fio('fio: pid=0, err=28/No space left on device')],
    ['an empty one', fio('')],
    ['null', fio('null')],
  ])('is unknown where the host says %s', async (_what, stdout) => {
    expect(await read(stdout)).toBeUndefined();
  });
});
