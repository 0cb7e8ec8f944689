import Handlebars from 'handlebars';
import { messageOf } from '../base/errors.ts';
import { FinalTaskError } from './task-error.ts';
import { noVariable, type Variables, valueAt } from './variables.ts';

/** A template that cannot be filled in. The message names the variable or the place. */
export class RenderError extends FinalTaskError {}

const engine = Handlebars.create();
engine.registerHelper({
  /** A text in double quotes with everything in it escaped, as TOML, JSON and systemd's Environment= read it. */
  quote: (value: unknown) => JSON.stringify(String(value)),
  join: (items: unknown, separator: unknown) =>
    Array.isArray(items) ? items.join(typeof separator === 'string' ? separator : ', ') : String(items),
  equal: (left: unknown, right: unknown) => left === right,
});

const compiled = new Map<string, Handlebars.TemplateDelegate>();
const wholeValue = /^\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}$/;

/** Fills in a text. A variable that is not there is an error. Nothing is escaped: this makes configuration, not HTML. */
export function renderText(template: string, variables: Variables): string {
  if (!template.includes('{{')) return template;
  try {
    let render = compiled.get(template);
    if (render === undefined) {
      render = engine.compile(template, { strict: true, noEscape: true, knownHelpersOnly: false });
      compiled.set(template, render);
    }
    return render(variables);
  } catch (error) {
    throw new RenderError(readable(messageOf(error), template));
  }
}

/** Fills in every text within a value. A text that is one variable and nothing else becomes that variable's value, whatever its kind. */
export function renderValue(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    const name = wholeValue.exec(value)?.[1];
    if (name === undefined) return renderText(value, variables);
    const found = valueAt(variables, name);
    if (found === undefined) throw new RenderError(noVariable(name));
    return found;
  }
  if (Array.isArray(value)) return value.map((item) => renderValue(item, variables));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, renderValue(inner, variables)]),
  );
}

/** Why a text cannot be filled in, whatever the variables are; undefined when it can. */
export function templateProblem(text: string): string | undefined {
  if (!text.includes('{{')) return undefined;
  try {
    Handlebars.parse(text);
    return undefined;
  } catch (error) {
    return readable(messageOf(error), text);
  }
}

/** Handlebars says `"x" not defined in [object Object] - 3:5`, and means the last step of the variable's name. */
function readable(message: string, template: string): string {
  if (/^(Parse|Lexical) error/.test(message)) {
    const [where = ''] = /\{\{[^}]*\}*/.exec(template) ?? [];
    return `"${where.slice(0, 80)}" cannot be filled in: ${message.split('\n')[0]?.replace(/:$/, '')}; these are variables and Handlebars, without filters (|), calls and tests of Jinja`;
  }
  const missing = /^"(.+)" not defined in .* - (\d+):(\d+)$/.exec(message);
  if (missing === null) return message;
  const [, step = '', line = '', column = ''] = missing;
  const rest = template.split('\n')[Number(line) - 1]?.slice(Number(column)) ?? '';
  const name = [...rest.matchAll(/[A-Za-z_][\w.-]*/g)]
    .map(([word]) => word)
    .find((word) => word.split('.').at(-1) === step);
  return `${noVariable(name ?? step)} (line ${line} of the text)`;
}
