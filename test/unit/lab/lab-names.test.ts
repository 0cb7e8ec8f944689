import { describe, expect, it } from 'vitest';
import {
  cableName,
  hostNames,
  labNames,
  machineName,
  maximumHosts,
} from '../../../installer/lab/lab-names.ts';

describe('names of a lab', () => {
  const long = labNames(
    '/root/.local/state/perimeter/labs/a-very-long-name-of-a-lab-indeed',
    'a-very-long-name-of-a-lab-indeed',
  );

  it("keep within the kernel's 15 characters for interfaces, for the longest lab name and the last host", () => {
    const last = hostNames(maximumHosts).at(-1) ?? '';
    expect(last).toBe('n60');
    expect(long.bridge.length).toBeLessThanOrEqual(15);
    expect(cableName(long, last).length).toBeLessThanOrEqual(15);
    // systemd-nspawn shortens the cable's name by a hash when the machine's name is longer than this.
    expect(machineName(long, last).length).toBeLessThanOrEqual(12);
  });

  it('carry the start of the lab name', () => {
    expect(labNames('/a/try', 'try')).toEqual({
      tag: 'try23dd',
      bridge: 'pl-try23dd',
      table: 'perimeter_lab_try23dd',
      cgroup: 'perimeter-lab-try23dd',
    });
    expect(labNames('/a/x-y', 'x-y').tag).toMatch(/^xy[0-9a-f]{4}$/);
  });

  it('differ for labs of one name in different folders, and never change for one lab', () => {
    expect(labNames('/a/try', 'try')).not.toEqual(labNames('/b/try', 'try'));
    expect(labNames('/a/try', 'try')).toEqual(labNames('/a/try', 'try'));
  });
});
