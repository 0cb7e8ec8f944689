/**
 * A command line as its words, by the rules of a POSIX shell and of nothing else of it: blanks part words, quotes and backslashes keep
 * them together. Undefined when a quote does not end.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    const next = line.charAt(at + 1);
    if (quote === "'") {
      if (letter === quote) quote = undefined;
      else word = (word ?? '') + letter;
    } else if (letter === '\\' && next !== '' && (quote === undefined || '"\\$`\n'.includes(next))) {
      word = (word ?? '') + (next === '\n' ? '' : next);
      at += 1;
    } else if (quote === '"') {
      if (letter === quote) quote = undefined;
      else word = (word ?? '') + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
