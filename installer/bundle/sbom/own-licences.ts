/** Licences that SPDX has no name for and that this product knows the meaning of: every recipe may name them. */
const documented: Readonly<Record<string, string>> = {
  'LicenseRef-Debian':
    'The licences of the Debian packages in it: each package says its own in usr/share/doc/<package>/copyright.',
  'LicenseRef-Ubuntu':
    'The licences of the Ubuntu packages in it: each package says its own in usr/share/doc/<package>/copyright.',
};

/** Texts of a recipe's own, by the name that its licence expression uses. */
export type LicenceTexts = Readonly<Record<string, string>>;

/** The names in an expression that SPDX does not know, sorted. */
function ownNames(expression: string): readonly string[] {
  return [...new Set(expression.match(/LicenseRef-[A-Za-z0-9.-]+/g))].toSorted();
}

/** What they mean, as an SPDX document says it. */
export function ownLicences(
  expression: string,
  texts: LicenceTexts = {},
): { readonly licenseId: string; readonly extractedText: string }[] {
  return ownNames(expression).map((licenseId) => ({
    licenseId,
    extractedText: texts[licenseId] ?? documented[licenseId] ?? '',
  }));
}

/** A name without a text says nothing to who has to decide whether the licence will do; a text without a name is a slip. */
export function ownLicenceProblems(expression: string, texts: LicenceTexts = {}): readonly string[] {
  const names = ownNames(expression);
  const untold = names.filter((name) => texts[name] === undefined && documented[name] === undefined);
  const unused = Object.keys(texts).filter((name) => !names.includes(name));
  return [
    ...untold.map(
      (name) =>
        `licence: "${name}" means nothing by itself: write its text under licenceTexts, or name one that is known: ${Object.keys(documented).join(', ')}`,
    ),
    ...unused.map((name) => `licenceTexts: "${name}" is not in the licence "${expression}"`),
  ];
}
