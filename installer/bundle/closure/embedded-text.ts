import { loadAll, YAML11_SCHEMA } from 'js-yaml';
import { imageNamePattern } from './image-names.ts';
import { isLikeReference } from './reference-form.ts';

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

const value = '["\']?([a-z0-9][\\w./:@-]*)["\']?';
const line = new RegExp(
  `^\\s*(?:-\\s+)?(?:export\\s+)?["']?${imageNamePattern}["']?\\s*[:=]\\s*${value}\\s*,?\\s*(?:#.*)?$`,
  'gim',
);
const option = new RegExp(`(?:^|\\s)--?${imageNamePattern}[= ]${value}`, 'gi');

/** What stands behind `image:` in texts that are no YAML as a whole: templates, scripts, settings. */
export function imageLines(text: string): readonly string[] {
  const found = [...text.matchAll(line), ...text.matchAll(option)].map((match) => match[1] ?? '');
  return [...new Set(found)].filter(isLikeReference);
}
