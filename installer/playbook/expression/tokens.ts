import { FinalTaskError } from '../task-error.ts';

export type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'sign'; readonly value: string };

/** A condition that cannot be read. The message says where it stops making sense. */
export class ExpressionError extends FinalTaskError {}

/** A name may hold hyphens and dots ("artifacts.node-cni"): the language has no subtraction. */
const shapes: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['text', /'([^']*)'|"([^"]*)"/y],
  ['number', /-?\d+(?:\.\d+)?(?![\w.])/y],
  ['name', /[A-Za-z_][\w-]*(?:\.[\w-]+)*/y],
  ['sign', /==|!=|<=|>=|<|>|\(|\)|\[|\]|,/y],
];

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < source.length) {
    const { kind, match } = nextMatch(source, position);
    position += match[0].length;
    if (kind === 'text') tokens.push({ kind, value: match[1] ?? match[2] ?? '' });
    else if (kind === 'number') tokens.push({ kind, value: Number(match[0]) });
    else if (kind !== 'space') tokens.push({ kind, value: match[0] });
  }
  return tokens;
}

function nextMatch(
  source: string,
  position: number,
): { kind: Token['kind'] | 'space'; match: RegExpExecArray } {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = position;
    const match = shape.exec(source);
    if (match !== null) return { kind, match };
  }
  throw new ExpressionError(`cannot read on from "${source.slice(position)}"`);
}
