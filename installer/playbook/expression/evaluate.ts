import { noVariable, type Variables, valueAt } from '../variables.ts';
import type { Expression, Sign } from './parse.ts';
import { ExpressionError } from './tokens.ts';

/** Whether a condition holds. A variable that is not there is an error, except for "is defined". */
export function holds(expression: Expression, variables: Variables): boolean {
  return isTrue(evaluate(expression, variables));
}

function evaluate(expression: Expression, variables: Variables): unknown {
  const inner = (part: Expression): unknown => evaluate(part, variables);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'list':
      return expression.items.map(inner);
    case 'path': {
      const value = valueAt(variables, expression.name);
      if (value === undefined) throw new ExpressionError(noVariable(expression.name));
      return value;
    }
    case 'defined':
      return valueAt(variables, expression.name) !== undefined;
    case 'not':
      return !isTrue(inner(expression.inner));
    case 'and':
      return isTrue(inner(expression.left)) && isTrue(inner(expression.right));
    case 'or':
      return isTrue(inner(expression.left)) || isTrue(inner(expression.right));
    case 'in':
      return contains(inner(expression.right), inner(expression.left));
    case 'compare':
      return compare(expression.sign, inner(expression.left), inner(expression.right));
  }
}

/** Empty lists and texts count as false, as people who write `when: packages` expect. */
function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole)) return whole.includes(part);
  if (typeof whole === 'string' && typeof part === 'string') return whole.includes(part);
  throw new ExpressionError('"in" asks for a list or a text behind it');
}

function compare(sign: Sign, left: unknown, right: unknown): boolean {
  if (sign === '==') return left === right;
  if (sign === '!=') return left !== right;
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw new ExpressionError(`"${sign}" compares numbers, not ${kindOf(left)} with ${kindOf(right)}`);
  }
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'nothing' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}
