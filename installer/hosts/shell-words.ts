/** The only characters that mean nothing to any shell, wherever they stand. */
const harmless = /^[A-Za-z0-9_\-.,:/@%+=]+$/;

/** One command line for a POSIX shell that yields exactly these words: nothing in them is interpreted. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('a word of a command cannot hold a NUL byte');
  // A first word such as a=b would be an assignment, hence the quotes around anything with an equals sign.
  return harmless.test(word) && !word.includes('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
