import type { Expression } from './parse.ts';

/** The variables that a condition reads, by their first word. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'path':
    case 'defined':
      return [expression.name.split('.')[0] ?? ''];
    case 'not':
      return namesIn(expression.inner);
    case 'and':
    case 'or':
    case 'in':
    case 'compare':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
  }
}
