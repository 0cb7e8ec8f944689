import { loadAll, YAML11_SCHEMA } from 'js-yaml';

/** The manifests inside a text: JSON, or YAML of more than one line; empty when it holds none. */
export function embeddedDocuments(text: string): readonly object[] {
  const trimmed = text.trim();
  const mayHold =
    trimmed.startsWith('{') || trimmed.startsWith('[') || (trimmed.includes('\n') && trimmed.includes(': '));
  if (!mayHold) return [];
  try {
    const documents = loadAll(trimmed, { schema: YAML11_SCHEMA }) as readonly unknown[];
    const objects = documents.filter(
      (document): document is object => typeof document === 'object' && document !== null,
    );
    // Prose and scripts can be YAML by chance; then some of it is lost, and the words are looked at instead.
    return objects.length === documents.length ? objects : [];
  } catch {
    return [];
  }
}

/** What stands behind `image:` in texts that are no YAML as a whole: templates, scripts, settings. */
export function imageLines(text: string): readonly string[] {
  const lines = text.matchAll(
    /^\s*(?:-\s+)?["']?[\w-]*image["']?\s*[:=]\s*["']?([a-z0-9][\w./:@-]*)["']?\s*,?\s*$/gim,
  );
  const option = text.matchAll(/(?:^|\s)--?[\w-]*image[= ]["']?([a-z0-9][\w./:@-]*)/gi);
  return [...new Set([...lines, ...option].map((match) => match[1] ?? ''))];
}
