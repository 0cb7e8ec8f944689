import { expect, test } from 'vitest';
import { requireRoom } from '../../../installer/agent/disk-room.ts';

test('what fits is let through, and so is nothing at all on a full disk', () => {
  expect(() => requireRoom('/var/lib/perimeter/seed', 400, 100, 300)).not.toThrow();
  expect(() => requireRoom('/var/lib/perimeter/seed', 0, 0, 0)).not.toThrow();
});

test('what does not fit is refused with all figures', () => {
  expect(() => requireRoom('/seed', 2e9, 1.1e9, 3.3e9)).toThrow(
    expect.objectContaining({
      code: 'E_DISK_FULL',
      message:
        '/seed has 2.0 GB free, but 4.4 GB are needed: 1.1 GB to receive and 3.3 GB for what is unpacked from it.',
      hint: expect.stringContaining('Make 2.4 GB of room'),
    }),
  );
});
