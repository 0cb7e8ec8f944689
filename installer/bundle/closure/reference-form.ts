const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const host = `(?:${part}(?::\\d+)?)`;
const path = `${part}(?:/${part})*`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = 'sha256:[a-f0-9]{64}';

/** What a field of an image may hold at all; whatever else stands there is no image but, say, an expression. */
const anyReference = new RegExp(`^(?:${host}/)?${path}(?::${tag})?(?:@${digest})?$`);

/** Looks like an image wherever it stands: by digest; by tag in a repository of a named server; by a tag that is a version. */
const byDigest = new RegExp(`^(?:${host}/)?${path}(?::${tag})?@${digest}$`);
const onServer = new RegExp(`^(?:[a-z0-9-]+(?:\\.[a-z0-9-]+)+(?::\\d+)?|[a-z0-9.-]+:\\d+)/${path}:${tag}$`);
const withVersion = new RegExp(`^${path}:(?:latest|v?\\d+(?:\\.\\d+)+[A-Za-z0-9_.-]*)$`);

/** True for a text that a runtime could take as an image. */
export function isLikeReference(text: string): boolean {
  return anyReference.test(text);
}

/** The references in a text that are known by their form alone. */
export function referencesIn(text: string): readonly string[] {
  // A mark of a scheme that means images is taken off; addresses of other schemes are none.
  const words = text
    .split(/[\s"'`,;()[\]{}<>|=]+/)
    .map((word) => word.replace(/^(docker|oci):\/\//, '').replace(/[.:]+$/, ''));
  return [...new Set(words.filter(looksLikeImage))];
}

function looksLikeImage(word: string): boolean {
  if (word.length > 512 || !word.includes(':') || word.includes('://')) return false;
  if (byDigest.test(word) || onServer.test(word)) return true;
  // 10.0.0.1:1.5 is none: a name has a letter.
  return withVersion.test(word) && /[a-z]/.test(word.split(':')[0] ?? '');
}
