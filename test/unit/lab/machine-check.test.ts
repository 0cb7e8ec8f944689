import { describe, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import { memoryFindings, prepareMachine } from '../../../installer/lab/machine-check.ts';

describe('the check of the machine', () => {
  it('tells free and needed memory', () => {
    const meminfo = 'MemTotal:       24684084 kB\nMemFree:  100 kB\nMemAvailable:    2000000 kB\n';
    expect(memoryFindings(meminfo, 1_000_000_000)).toEqual([]);
    expect(memoryFindings(meminfo, 3_000_000_000)).toEqual(['Memory: 2.0 GB are free, 3.0 GB are needed.']);
  });

  it('lists everything that is missing at once, in plain words, with what to do', async () => {
    const refused = prepareMachine(
      {
        programs: [],
        others: [{ program: 'perimeter-no-such-program', hint: 'Nobody has it.' }],
        freeDisk: [{ path: '/no/such/folder/yet', bytes: Number.MAX_SAFE_INTEGER }],
        freeMemoryBytes: Number.MAX_SAFE_INTEGER,
      },
      silentEvents,
    );
    await expect(refused).rejects.toMatchObject({
      code: 'E_MACHINE_UNFIT',
      exitCode: 3,
      findings: expect.arrayContaining([
        'The program perimeter-no-such-program is missing. Nobody has it.',
        expect.stringMatching(/^Disk: .* are free at \/no\/such\/folder\/yet, .* are needed\.$/),
        expect.stringMatching(/^Memory: /),
      ]),
    });
  });
});
