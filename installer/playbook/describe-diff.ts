import type { ModuleChange } from './module.ts';
import { linesIn } from './modules/shared/text-lines.ts';

/** Before and after of a file, line by line, as `diff` shows it without context. Undefined where the content is not to be shown. */
export function describeDiff({ texts }: ModuleChange): string | undefined {
  if (texts === undefined) return undefined;
  const [before, after] = [linesIn(texts.before), linesIn(texts.after)];
  const kept = longestCommon(before, after);
  const lines = [`--- ${texts.path} as it is`, `+++ ${texts.path} as declared`];
  let [left, right] = [0, 0];
  for (const [leftAt, rightAt] of [...kept, [before.length, after.length] as const]) {
    lines.push(...before.slice(left, leftAt).map((line) => `-${line}`));
    lines.push(...after.slice(right, rightAt).map((line) => `+${line}`));
    [left, right] = [leftAt + 1, rightAt + 1];
  }
  return `${lines.join('\n')}\n`;
}

/** Places of the lines that both texts share, in order. */
function longestCommon(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (left: number, right: number): number => lengths[left]?.[right] ?? 0;
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const same = before[left] === after[right];
      (lengths[left] as Uint32Array)[right] = same
        ? at(left + 1, right + 1) + 1
        : Math.max(at(left + 1, right), at(left, right + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [left, right] = [0, 0];
  while (left < before.length && right < after.length) {
    if (before[left] === after[right]) {
      pairs.push([left, right]);
      left += 1;
      right += 1;
    } else if (at(left + 1, right) >= at(left, right + 1)) left += 1;
    else right += 1;
  }
  return pairs;
}
