import { expect, test } from 'vitest';
import { sshCost } from '../../../installer/seed/ssh-cost.ts';

test('tells how long it takes and how many times one chain that is', () => {
  expect(sshCost({ bytes: [6e9, 6e9], chained: 0 })).toBe(
    "about 1 min 41 s for all that is left (119 MB a second, as on a link of 1 Gbit/s), and 2 times one chain's time in all",
  );
});

test('reckons with what was seen, and counts the chain that went before', () => {
  expect(sshCost({ bytes: [6e9], chained: 3, bytesPerMs: 50_000 })).toBe(
    "about 2 min 0 s for all that is left (50.0 MB a second, as seen here), and 2 times one chain's time in all",
  );
});
