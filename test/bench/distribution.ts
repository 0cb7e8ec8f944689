/** Middle value; the mean of the two middle ones for an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** "median (least..most)" of values, each written with so many digits after the point. */
export function spread(values: readonly number[], digits = 1): string {
  const of = (value: number): string => value.toFixed(digits);
  return `${of(median(values))} (${of(Math.min(...values))}..${of(Math.max(...values))})`;
}
