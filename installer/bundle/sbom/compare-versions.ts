/**
 * Compares two versions of Go modules or npm packages as semantic versioning orders them: negative when `a` is older. What follows
 * a `+` does not count. Go's own versions (1.27, 1.27rc1) are understood too. Undefined when one of them is no version.
 */
export function compareSemanticVersions(a: string, b: string): number | undefined {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) return undefined;
  for (const index of [0, 1, 2]) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  // A version without a pre-release comes after all its pre-releases.
  if (left.before.length === 0 || right.before.length === 0) return right.before.length - left.before.length;
  for (let index = 0; ; index += 1) {
    const [one, other] = [left.before[index], right.before[index]];
    if (one === undefined || other === undefined) return left.before.length - right.before.length;
    const difference = compareIdentifiers(one, other);
    if (difference !== 0) return difference;
  }
}

interface ParsedVersion {
  readonly numbers: readonly number[];
  /** Identifiers of the pre-release; empty for a release. */
  readonly before: readonly string[];
}

const pattern =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+)|((?:rc|beta|alpha)\d+))?(?:\+[0-9A-Za-z.-]+)?$/;

function parse(version: string): ParsedVersion | undefined {
  const [, major, minor, patch, before, ofGo] = pattern.exec(version) ?? [];
  if (major === undefined) return undefined;
  const numbers = [major, minor ?? '0', patch ?? '0'].map(Number);
  return { numbers, before: (before ?? ofGo ?? '').split('.').filter(Boolean) };
}

/** Numbers by value and before words; words by their bytes. */
function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aIsNumber && bIsNumber) return Number(a) - Number(b) || 0;
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two versions of Debian packages as dpkg does: negative when `a` is older. */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [splitDebian(a), splitDebian(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function splitDebian(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  return {
    epoch: Number(epoch),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** Runs of other characters and runs of digits in turn. */
function compareParts(a: string, b: string): number {
  const pieces = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [pieces(a), pieces(b)];
  if (/^\d/.test(a)) left.unshift('');
  if (/^\d/.test(b)) right.unshift('');
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index] ?? '', right[index] ?? ''];
    const difference = index % 2 === 0 ? compareWords(one, other) : Number(one) - Number(other);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` comes before the end of the text, the end before letters, letters before everything else. */
function compareWords(a: string, b: string): number {
  const rank = (character: string | undefined): number => {
    if (character === '~') return -1;
    if (character === undefined) return 0;
    return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256);
  };
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = rank(a[index]) - rank(b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}
