interface Doubt {
  readonly node: string;
  readonly differences: readonly string[];
}

/** What of machines is told differently by different collectors: one of them must not be believed. Nothing when they agree. */
export function doubtLines(doubts: readonly Doubt[]): string {
  return doubts
    .flatMap(({ node, differences }) =>
      differences.map((difference) => `${node}: collectors differ: ${difference}\n`),
    )
    .join('');
}
