import { z } from 'zod';

/** A regular expression, as JavaScript reads it. */
export const regularExpression = (): z.ZodString =>
  z.string().refine((text) => {
    try {
      return new RegExp(text) instanceof RegExp;
    } catch {
      return false;
    }
  }, 'is no regular expression');
