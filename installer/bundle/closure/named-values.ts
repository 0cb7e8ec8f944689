type Named = Readonly<Record<string, unknown>>;

/** The texts and numbers that a map holds itself: a tag is often written as a number. */
export function ownValues(record: Named): ReadonlyMap<string, string> {
  return new Map(Object.entries(record).flatMap(([key, value]) => named(key, value)));
}

/** The values of a list of variables: `name` and `value`. */
export function variableValues(list: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(
    list.filter(isRecord).flatMap((item) => {
      const { name, value } = item;
      return typeof name === 'string' ? named(name, value) : [];
    }),
  );
}

export function isRecord(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key as it stands in a JSON pointer. */
export function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function named(name: string, value: unknown): [string, string][] {
  return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
}
