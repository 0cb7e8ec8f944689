import { PerimeterError } from '../base/errors.ts';
import type { PlaybookChange } from './playbook-changes.ts';

/** Tasks that are planned again after all were done: others undo them, or they never leave what they look for. */
export function undoing(left: readonly PlaybookChange[]): string {
  const tasks = new Set(left.map(({ data }) => `"${data.task}" (${data.place})`));
  return `${[...tasks].join(' and ')} cannot stay done: another task undoes what it does, or it does not do what it looks for`;
}

export function undoingFailure(host: string, left: readonly PlaybookChange[]): PerimeterError {
  return new PerimeterError('E_PLAYBOOK_TASK', {
    message: `${host}: ${undoing(left)}.`,
    hint: 'Let one task alone say what a file, a unit or a setting is to be, then run the same command again.',
    findings: left.map(({ sentence }) => sentence),
    where: { host },
  });
}
