import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Voices } from '../../../installer/seed/voices.ts';

test('who speaks may take as long as it likes', async () => {
  const voices = new Voices(100);
  const timer = setInterval(() => voices.heard('n1'), 10);
  expect(await voices.whileHeard('n1', delay(400, 'done'))).toBe('done');
  clearInterval(timer);
});

test('who falls silent is named, while others are heard', async () => {
  const voices = new Voices(100);
  const timer = setInterval(() => voices.heard('n2'), 10);
  await expect(voices.whileHeard('n1', delay(5000, undefined, { ref: false }))).rejects.toMatchObject({
    code: 'E_AGENT',
    message: 'The agent on n1 was lost: it said nothing for 0.1 s',
    retryable: true,
  });
  clearInterval(timer);
});
