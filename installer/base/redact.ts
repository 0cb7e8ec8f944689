/** Values that must never be shown. Whatever reads or makes a secret registers it; every sink passes its text through `redact`. */
const knownSecrets = new Set<string>();
const shortestSecret = 6;

/** Remembers a secret, and its base64 form, for redaction. Very short values are ignored: hiding them would hide ordinary words. */
export function registerSecret(value: string): void {
  if (value.length < shortestSecret) return;
  knownSecrets.add(value);
  knownSecrets.add(Buffer.from(value).toString('base64'));
}

export function redact(text: string): string {
  let clean = text;
  for (const secret of knownSecrets) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, '[redacted]');
  }
  return clean;
}
