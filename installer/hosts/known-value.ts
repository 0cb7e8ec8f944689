/** Words that firmware and tools use for "I do not know". */
const absentWords = new Set([
  '',
  '-',
  'unknown',
  'n/a',
  'none',
  'null',
  'not specified',
  'not available',
  'not present',
  'no asset information',
  'to be filled by o.e.m.',
  'default string',
  'system product name',
  'system manufacturer',
  'system serial number',
  'chassis serial number',
  'base board serial number',
  'empty',
]);

/** A text as a machine says it, or undefined where that says nothing: junk, and numbers made of nothing but zeros or Fs. */
export function knownText(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  if (absentWords.has(trimmed.toLowerCase())) return undefined;
  return /^[0\-:. ]{4,}$|^[f\-:. ]{8,}$/i.test(trimmed) ? undefined : trimmed;
}
