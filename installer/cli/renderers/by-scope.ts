/**
 * One thing for each scope that is at work. It ends with its scope or with one around that: parts of a target, such as nodes of a
 * seeding, tell of no end of their own.
 */
export class ByScope<T> {
  readonly #known = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  get size(): number {
    return this.#known.size;
  }

  of(scope: readonly string[]): T {
    const key = keyOf(scope);
    const known = this.#known.get(key) ?? this.#make();
    this.#known.set(key, known);
    return known;
  }

  end(scope: readonly string[]): void {
    const around = keyOf(scope);
    for (const key of this.#known.keys()) if (key.startsWith(around)) this.#known.delete(key);
  }
}

/** That of a scope begins with that of each scope around it. */
function keyOf(scope: readonly string[]): string {
  return scope.map((word) => `${JSON.stringify(word)} `).join('');
}
