import { PerimeterError } from '../base/errors.ts';
import { foreignLetter } from '../base/foreign-letter.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Playbook, Task } from './playbook.ts';

/** What Ansible understands by these: `always` also without being asked, `never` only when it is asked for. */
const special = ['always', 'never'];

/** The playbook with those of its tasks that have one of the tags; with no tags, all but those with `never`. Raises E_USAGE. */
export function withTags(playbook: Playbook, tags: readonly string[]): Playbook {
  const wanted = tags.flatMap((tag) => tag.split(',')).filter((tag) => tag !== 'all' && tag !== '');
  assertKnown(playbook, wanted);
  const plays = playbook.plays.map((play) => ({
    ...play,
    tasks: play.tasks.filter((item) => item.kind !== 'task' || isWanted(item, wanted)),
  }));
  return { ...playbook, plays };
}

function isWanted({ tags }: Task, wanted: readonly string[]): boolean {
  if (tags.some((tag) => wanted.includes(tag))) return true;
  if (tags.includes('never')) return false;
  return wanted.length === 0 || tags.includes('always');
}

/** A tag that no task has would choose nothing, and a run that did nothing would look like one that had nothing to do. */
function assertKnown({ name, plays }: Playbook, wanted: readonly string[]): void {
  const tasks = plays.flatMap((play) => play.tasks).filter((item) => item.kind === 'task');
  const known = [...new Set(tasks.flatMap(({ tags }) => tags))].toSorted();
  const unknown = wanted.filter((tag) => !known.includes(tag) && !special.includes(tag));
  if (unknown.length === 0) return;
  const words = unknown.map((tag) => `"${tag}"${didYouMean(tag, known)}${foreignLetter(tag)}`);
  throw new PerimeterError('E_USAGE', {
    message: `No task of the playbook ${name} has the tag ${words.join('; ')}${words.at(-1)?.endsWith('?') ? '' : '.'}`,
    hint: known.length === 0 ? 'Its tasks have no tags at all.' : `Its tags: ${known.join(', ')}`,
  });
}
