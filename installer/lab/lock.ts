import { PerimeterError } from '../base/errors.ts';
import { withMachineLock } from '../base/machine-lock.ts';

/**
 * Runs `work` while no other process on this machine holds the lab's lock of the same name. Raises E_LAB, naming the holder, when the
 * lock does not become free in time.
 */
export async function withLock<T>(name: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeoutMs);
  let [holder, isHeld] = ['unknown', false];
  const options = {
    signal: patience.signal,
    onWait: (pid: string): void => {
      holder = pid;
    },
  };
  try {
    return await withMachineLock(`lab/${name}`, options, async () => {
      isHeld = true;
      clearTimeout(timer);
      return work();
    });
  } catch (error) {
    if (isHeld || !patience.signal.aborted) throw error;
    throw new PerimeterError('E_LAB', {
      message: `Another command works on "${name}" (process ${holder}).`,
      hint: 'Wait until it has ended, then run the same command again.',
      retryable: true,
    });
  } finally {
    clearTimeout(timer);
  }
}
