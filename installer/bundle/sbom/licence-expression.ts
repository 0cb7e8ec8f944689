/**
 * The licences of the SPDX list that are met in the field this product works in. A recipe with another one adds it here, after
 * somebody has read it.
 */
const knownLicences: readonly string[] = [
  '0BSD',
  'AGPL-3.0-only',
  'AGPL-3.0-or-later',
  'Apache-2.0',
  'Artistic-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'BUSL-1.1',
  'CC-BY-4.0',
  'CC0-1.0',
  'CDDL-1.0',
  'EPL-2.0',
  'EUPL-1.2',
  'GPL-2.0-only',
  'GPL-2.0-or-later',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-2.1-only',
  'LGPL-2.1-or-later',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'MPL-2.0-no-copyleft-exception',
  'OpenSSL',
  'PostgreSQL',
  'Python-2.0',
  'Unicode-3.0',
  'Unlicense',
  'Vim',
  'Zlib',
  'curl',
];
const knownExceptions = [
  'Classpath-exception-2.0',
  'GCC-exception-3.1',
  'LLVM-exception',
  'Linux-syscall-note',
];

/** A licence that SPDX has no name for, described by the document that uses it. */
const ownReference = /^LicenseRef-[A-Za-z0-9.-]+$/;

/** What is wrong with an SPDX licence expression; undefined when every licence in it is known. */
export function licenceProblem(expression: string): string | undefined {
  const words = expression.replaceAll(/[()]/g, ' $& ').split(/\s+/).filter(Boolean);
  let depth = 0;
  let wantsLicence = true;
  for (const [index, word] of words.entries()) {
    if (word === '(' && wantsLicence) depth += 1;
    else if (word === ')' && !wantsLicence && depth > 0) depth -= 1;
    else if ((word === 'AND' || word === 'OR') && !wantsLicence) wantsLicence = true;
    else if (word === 'WITH' && !wantsLicence && knownExceptions.includes(words[index + 1] ?? '')) continue;
    else if (words[index - 1] === 'WITH' && knownExceptions.includes(word)) continue;
    else if (wantsLicence && isLicence(word)) wantsLicence = false;
    else return wordProblem(word, wantsLicence);
  }
  if (depth === 0 && !wantsLicence) return undefined;
  return `"${expression}" is not a whole SPDX licence expression`;
}

function isLicence(word: string): boolean {
  return knownLicences.includes(word) || ownReference.test(word);
}

function wordProblem(word: string, wantsLicence: boolean): string {
  if (!wantsLicence) return `"${word}" stands where only AND, OR or WITH can stand`;
  const same = knownLicences.find((known) => known.toLowerCase() === word.toLowerCase());
  if (same !== undefined) return `"${word}" is no SPDX id; did you mean ${same}?`;
  return `"${word}" is none of the SPDX ids that were read so far. Read the licence and write its id (spdx.org/licenses); when that is "${word}" itself, add it to the list in installer/bundle/sbom/licence-expression.ts. One that has no id is LicenseRef-NAME, with its text under licenceTexts`;
}
