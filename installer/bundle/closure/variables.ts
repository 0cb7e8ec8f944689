type Named = Readonly<Record<string, unknown>>;

/** What Kubernetes and shells put a variable's value into: $(NAME), ${NAME}, $NAME. */
const use = /\$(?:\((?<kube>\w+)\)|\{(?<braced>\w+)\}|(?<plain>[A-Za-z_]\w*))/g;

/**
 * A container as it runs: its own variables put into what it is told. A registry often stands in one variable, and the rest of the
 * reference in another.
 */
export function withOwnVariables(container: Named): Named {
  const { env, args, command, script } = container;
  if (!Array.isArray(env)) return container;
  const known = new Map<string, string>();
  const told = env.map((variable: unknown) => {
    const { name, value } = (variable ?? {}) as { name?: unknown; value?: unknown };
    if (typeof name !== 'string' || typeof value !== 'string') return variable;
    const whole = replaced(value, known);
    known.set(name, whole);
    return { ...(variable as object), value: whole };
  });
  const into = (text: unknown): unknown => (typeof text === 'string' ? replaced(text, known) : text);
  const texts = (list: unknown): unknown => (Array.isArray(list) ? list.map(into) : list);
  return {
    ...container,
    env: told,
    ...(args === undefined ? {} : { args: texts(args) }),
    ...(command === undefined ? {} : { command: texts(command) }),
    ...(script === undefined ? {} : { script: into(script) }),
  };
}

const assignment =
  /(?:^|[\s;&])(?<name>[A-Za-z_]\w*)=(?:"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)'|(?<bare>[^\s;&|"']+))/g;

/** A script with what it assigns to its variables put into their places. */
export function withAssignments(script: string): string {
  if (!script.includes('$')) return script;
  const known = new Map<string, string>();
  for (const { groups = {} } of script.matchAll(assignment)) {
    const { name = '', double, single, bare } = groups;
    known.set(name, replaced(double ?? single ?? bare ?? '', known));
  }
  return replaced(script, known);
}

function replaced(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(
    use,
    (whole, kube?: string, braced?: string, plain?: string) =>
      known.get(kube ?? braced ?? plain ?? '') ?? whole,
  );
}
