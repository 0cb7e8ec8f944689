/** A package URL: names a package of any ecosystem in one line. */
export function packageUrl(
  type: 'deb' | 'golang' | 'npm' | 'oci',
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string>> = {},
): string {
  const path = name.split('/').map(encode).join('/');
  const query = Object.entries(qualifiers)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join('&');
  return `pkg:${type}/${path}@${encode(version)}${query === '' ? '' : `?${query}`}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('+', '%2B');
}
