/** What can be asked about a path. */
export type Question = 'target' | 'read' | 'sha256' | 'list';

export type Answer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ok'; readonly value: string }
  | { readonly kind: 'error'; readonly text: string };

interface Pending {
  readonly question: Question;
  readonly path: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

const largestBatch = 200;

/**
 * Gathers the questions that are asked at about the same moment and asks the host once: the looks of a whole playbook cost a
 * few round trips instead of hundreds. `ask` gets the arguments of the look script and returns its output.
 */
export function lookBatch(ask: (pairs: readonly string[]) => Promise<string>) {
  let waiting: Pending[] = [];

  async function flush(): Promise<void> {
    const batch = waiting.slice(0, largestBatch);
    waiting = waiting.slice(largestBatch);
    if (waiting.length > 0) setImmediate(() => void flush());
    try {
      const output = await ask(batch.flatMap(({ question, path }) => [question, path]));
      const lines = output.split('\n');
      if (lines.length !== batch.length + 1) {
        throw new Error(`${batch.length} paths were asked for, ${lines.length - 1} answers came`);
      }
      for (const [index, { resolve }] of batch.entries()) resolve(parseAnswer(lines[index] ?? ''));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (question: Question, path: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push({ question, path, resolve, reject });
      if (waiting.length === 1) setImmediate(() => void flush());
    });
}

function parseAnswer(line: string): Answer {
  if (line === 'absent') return { kind: 'absent' };
  if (line === 'ok' || line.startsWith('ok ')) return { kind: 'ok', value: line.slice(3) };
  return { kind: 'error', text: line.replace(/^error /, '') };
}

export function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
