/** Calls for each value that was there before, with its index and the first one's. What is not there repeats nothing. */
export function repeated(
  values: readonly (string | undefined)[],
  found: (index: number, first: number) => void,
): void {
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (value !== undefined && first < index) found(index, first);
  }
}
