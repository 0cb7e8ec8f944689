import type { FileStatus } from '../host.ts';
import { parseStatuses } from './parse-statuses.ts';

/** What can be asked about a path besides its state. */
export type Question = 'read' | 'sha256' | 'list';

export type Answer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ok'; readonly value: string }
  | { readonly kind: 'error'; readonly text: string };

interface Pending<T> {
  readonly path: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (reason: unknown) => void;
}

interface PendingAnswer extends Pending<Answer> {
  readonly question: Question;
}

const mostQuestions = 200;
const mostStates = 500;

/** The line between answers and states. */
const statesBegin = 'states';

/**
 * Gathers what is asked at about the same moment and asks the host once: the looks of a whole playbook cost a few round trips instead
 * of hundreds. `ask` gets the arguments of the look script and returns its output.
 */
export class LookBatch {
  readonly #ask: (args: readonly string[]) => Promise<string>;
  #questions: PendingAnswer[] = [];
  #states: Pending<FileStatus | undefined>[] = [];

  constructor(ask: (args: readonly string[]) => Promise<string>) {
    this.#ask = ask;
  }

  answer(question: Question, path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#flushSoon();
      this.#questions.push({ question, path, resolve, reject });
    });
  }

  status(path: string): Promise<FileStatus | undefined> {
    return new Promise((resolve, reject) => {
      this.#flushSoon();
      this.#states.push({ path, resolve, reject });
    });
  }

  /** To be called before something is added to what waits: the first one starts the clock for all. */
  #flushSoon(): void {
    if (this.#questions.length + this.#states.length === 0) setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const questions = this.#questions.splice(0, mostQuestions);
    const states = this.#states.splice(0, mostStates);
    if (this.#questions.length + this.#states.length > 0) setImmediate(() => void this.#flush());
    try {
      const output = await this.#ask([
        String(questions.length),
        ...questions.flatMap(({ question, path }) => [question, path]),
        ...new Set(states.map(({ path }) => path)),
      ]);
      const { lines, rest } = firstLines(output, questions.length + 1);
      if (lines.at(-1) !== statesBegin)
        throw new Error(`${questions.length} paths were asked for, other answers came`);
      const found = parseStatuses(rest);
      for (const [index, { resolve }] of questions.entries()) resolve(parseAnswer(lines[index] ?? ''));
      for (const { path, resolve } of states) resolve(found.get(path));
    } catch (error) {
      for (const { reject } of [...questions, ...states]) reject(error);
    }
  }
}

function firstLines(text: string, count: number): { readonly lines: string[]; readonly rest: string } {
  const lines: string[] = [];
  let at = 0;
  while (lines.length < count) {
    const end = text.indexOf('\n', at);
    if (end === -1) break;
    lines.push(text.slice(at, end));
    at = end + 1;
  }
  return { lines, rest: text.slice(at) };
}

function parseAnswer(line: string): Answer {
  if (line === 'absent') return { kind: 'absent' };
  if (line === 'ok' || line.startsWith('ok ')) return { kind: 'ok', value: line.slice(3) };
  return { kind: 'error', text: line.replace(/^error /, '') };
}

export function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
