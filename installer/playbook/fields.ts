import { z } from 'zod';

/** Whether a text still has to be filled in. */
export function isTemplate(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}

/** An argument with what it means and, where it may be left out, what then holds: for `playbook explain` and for editors. */
export function told<Field extends z.ZodType>(field: Field, description: string, fallback?: unknown): Field {
  return field.meta(fallback === undefined ? { description } : { description, default: fallback });
}

/** A text of a certain form; before it is filled in, any form will do. */
function shaped(pattern: RegExp, message: string): z.ZodString {
  return z.string().refine((text) => isTemplate(text) || pattern.test(text), message);
}

export const absolutePath = (): z.ZodString =>
  shaped(
    /^\/(?!.*(?:\/\/|\/\.\.?(?:\/|$)))[^\0]+$/,
    'must be an absolute path without "..", for example: /etc/hosts',
  );

export const permissions = (): z.ZodString =>
  shaped(/^[0-7]{3,4}$/, "must be permission bits in octal, for example: '0644'");

export const oneLine = (): z.ZodString => shaped(/^[^\n]*$/, 'must be one line; several are for blockinfile');

export const kernelModule = (): z.ZodString =>
  shaped(/^[\w-]+$/, 'must be the name of a kernel module, for example: br_netfilter');

export const account = (): z.ZodString =>
  shaped(/^[a-z_][a-z0-9_-]*\$?$/, 'must be the name of a user or a group');

/** A text, or a list or block of keys to be written out. A bare number is taken as it is written: 1.10 stays 1.10. */
export const textOrData = (): z.ZodType =>
  z.unknown().superRefine((value, context) => {
    if (typeof value === 'string' || (typeof value === 'object' && value !== null)) return;
    context.addIssue({ code: 'invalid_type', expected: 'string', input: value });
  });

/** Names of packages alone: which version it is, the bundle says. */
export const packageNames = () =>
  oneOrMore().refine(
    (value) => listOf(value).every((name) => isTemplate(name) || /^[a-z0-9][a-z0-9+.-]+$/.test(name)),
    'must be the name of a Debian package without a version, for example: smartmontools',
  );

export const oneOrMore = () => z.union([z.string(), z.array(z.string()).min(1)]);

export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** The same object, but a text with `{{` in it is accepted for any value: what it becomes is checked when it is filled in. */
export function beforeRendering(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape).map(([key, field]) => [key, loosened(field as z.ZodType)]);
  return z.strictObject(Object.fromEntries(shape) as z.ZodRawShape);
}

function loosened(field: z.ZodType): z.ZodType {
  const inner = field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : field;
  if (inner instanceof z.ZodString) return field;
  const judged = z.any().superRefine((value, context) => {
    if (isTemplate(value)) return;
    const result = field.safeParse(value, { reportInput: true });
    for (const issue of result.error?.issues ?? []) context.addIssue({ ...issue });
  });
  return field instanceof z.ZodOptional ? judged.optional() : judged;
}
