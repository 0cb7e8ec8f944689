/**
 * Letters of another alphabet can look the same as those that are wanted: they are shown with their number. `; "<text>" has ...`, or
 * nothing for a text of plain letters.
 */
export function foreignLetter(text: string): string {
  const [letter] = /[^\0-\x7f]/u.exec(text) ?? [];
  if (letter === undefined) return '';
  const number = letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return `; "${text}" has "${letter}" (U+${number}), which is none of a to z`;
}
