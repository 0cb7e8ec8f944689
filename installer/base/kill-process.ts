import process from 'node:process';

/**
 * Ends a process at once (SIGKILL) by its id. One that ended by itself in the meantime is as good: between reading a list of ids and
 * acting on it, any of them may go.
 */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
