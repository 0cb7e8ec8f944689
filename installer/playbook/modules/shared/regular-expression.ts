import { z } from 'zod';
import { isTemplate } from '../../fields.ts';
import { FinalTaskError } from '../../task-error.ts';

const words = 'is no regular expression (as JavaScript reads them)';

/** A regular expression, as JavaScript reads it. */
export const regularExpression = (): z.ZodString =>
  z.string().refine((text) => isTemplate(text) || compiled(text) !== undefined, words);

export function regularExpressionOf(text: string): RegExp {
  const expression = compiled(text);
  if (expression === undefined) throw new FinalTaskError(`"${text}" ${words}`);
  return expression;
}

function compiled(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}
