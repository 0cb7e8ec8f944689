import process from 'node:process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const interruptedExitCode = 130;
/** A terminal, npm and the launcher each pass one Ctrl-C on: what comes within this time is still the same one. */
const samePressMs = 400;

/** What an interruption needs of the process; replaced in tests. */
export interface InterruptionSurroundings {
  on(signal: string, listener: () => void): void;
  off(signal: string, listener: () => void): void;
  now(): number;
  say(text: string): void;
  exit(code: number): void;
}

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** The first signal asks for a stop at the next safe point; the second ends the program at once. */
export function watchInterruption(surroundings: InterruptionSurroundings): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    const now = surroundings.now();
    if (firstAt === undefined) {
      firstAt = now;
      surroundings.say(
        'Stopping at a safe point. Press Ctrl-C again to leave at once; running again later is safe either way.',
      );
      controller.abort();
    } else if (now - firstAt > samePressMs) {
      surroundings.exit(interruptedExitCode);
    }
  };
  for (const name of signals) surroundings.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) surroundings.off(name, onSignal);
    },
  };
}

/** The real process. `beforeExit` gives the terminal back. */
export function processSurroundings(
  say: (text: string) => void,
  beforeExit: () => Promise<void>,
): InterruptionSurroundings {
  return {
    on: (signal, listener) => process.on(signal, listener),
    off: (signal, listener) => process.off(signal, listener),
    now: () => performance.now(),
    say,
    exit: (code) => void beforeExit().finally(() => process.exit(code)),
  };
}
