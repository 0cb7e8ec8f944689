/** Values that must never be shown. Whatever reads or makes a secret registers it; every sink passes its text through `redact`. */
const knownSecrets = new Set<string>();
const shortestSecret = 6;
const shortestLine = 16;

/**
 * Remembers a secret for redaction in every form in which it may be printed: as it is, base64, as JSON writes it, and the longer
 * lines of a secret of several lines, such as a PEM key. Very short values are ignored: hiding them would hide ordinary words.
 */
export function registerSecret(value: string): void {
  if (value.length < shortestSecret) return;
  knownSecrets.add(value);
  knownSecrets.add(Buffer.from(value).toString('base64'));
  knownSecrets.add(JSON.stringify(value).slice(1, -1));
  if (!value.includes('\n')) return;
  const isMarker = (line: string): boolean => line.startsWith('-----');
  for (const line of value.split('\n'))
    if (line.length >= shortestLine && !isMarker(line)) knownSecrets.add(line);
}

export function redact(text: string): string {
  let clean = text;
  for (const secret of knownSecrets) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, '[redacted]');
  }
  return clean;
}
