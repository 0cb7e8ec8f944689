import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { watchInterruption } from '../../../installer/cli/interruption.ts';

function surroundings() {
  const signals = new EventEmitter();
  const seen = { said: [] as string[], exits: [] as number[], nowMs: 1000 };
  return {
    seen,
    signals,
    on: (name: string, listener: () => void) => void signals.on(name, listener),
    off: (name: string, listener: () => void) => void signals.off(name, listener),
    now: () => seen.nowMs,
    say: (text: string) => void seen.said.push(text),
    exit: (code: number) => void seen.exits.push(code),
  };
}

test('the first signal asks for a stop, the second ends the program', () => {
  const around = surroundings();
  using interruption = watchInterruption(around);
  expect(interruption.signal.aborted).toBe(false);
  around.signals.emit('SIGINT');
  expect(interruption.signal.aborted).toBe(true);
  expect(around.seen.said).toEqual([expect.stringContaining('Stopping at a safe point')]);
  expect(around.seen.exits).toEqual([]);
  around.seen.nowMs += 1000;
  around.signals.emit('SIGINT');
  expect(around.seen.exits).toEqual([130]);
});

test('one press that comes by several ways is one press', () => {
  const around = surroundings();
  using _interruption = watchInterruption(around);
  for (const name of ['SIGINT', 'SIGINT', 'SIGTERM']) around.signals.emit(name);
  expect(around.seen.exits).toEqual([]);
  expect(around.seen.said).toHaveLength(1);
});

test('afterwards nothing listens any more', () => {
  const around = surroundings();
  {
    using _interruption = watchInterruption(around);
    expect(around.signals.listenerCount('SIGTERM')).toBe(1);
  }
  expect(around.signals.eventNames()).toEqual([]);
});
