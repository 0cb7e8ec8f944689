import { isTemplate } from './fields.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** What is wrong with arguments that are right one by one, or undefined. Holds for arguments as written and as filled in. */
export type ArgumentRule = (args: Arguments) => string | undefined;

/** One of these arguments, and no more than one. */
export function exactlyOneOf(...names: readonly string[]): ArgumentRule {
  return (args) => {
    const given = names.filter((name) => args[name] !== undefined);
    if (given.length === 1) return undefined;
    return given.length === 0 ? `needs ${names.join(' or ')}` : `cannot have both ${given.join(' and ')}`;
  };
}

export function atMostOneOf(...names: readonly string[]): ArgumentRule {
  return (args) => {
    const given = names.filter((name) => args[name] !== undefined);
    return given.length <= 1 ? undefined : `cannot have both ${given.join(' and ')}`;
  };
}

export function atLeastOneOf(...names: readonly string[]): ArgumentRule {
  const words = names.length === 1 ? names.join('') : `one of ${names.join(', ')}`;
  return (args) => (names.some((name) => args[name] !== undefined) ? undefined : `needs ${words}`);
}

/** The rule holds for these states alone; `undefined` is the state that is not said. One that is filled in later is judged then. */
export function withState(states: readonly (string | undefined)[], rule: ArgumentRule): ArgumentRule {
  return (args) => {
    const state = args['state'] as string | undefined;
    if (isTemplate(state) || !states.includes(state)) return undefined;
    const problem = rule(args);
    return problem === undefined || state === undefined ? problem : `${problem} with state: ${state}`;
  };
}

/** An argument that says nothing elsewhere, and would be passed over in silence. */
export function noneOf(...names: readonly string[]): ArgumentRule {
  return (args) => {
    const given = names.filter((name) => args[name] !== undefined);
    return given.length === 0 ? undefined : `has no use for ${given.join(', ')}`;
  };
}

/** What is wrong between the arguments of a module, each in one sentence that follows upon its name. */
export function brokenRules(
  { rules = [] }: { readonly rules?: readonly ArgumentRule[] },
  args: Arguments,
): readonly string[] {
  return rules.flatMap((rule) => rule(args) ?? []);
}
