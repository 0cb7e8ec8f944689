import { embeddedDocuments, imageLines } from './embedded-text.ts';
import { isLikeReference, referencesIn } from './reference-form.ts';

/** A text that stands for an image, and where it stands. */
export interface FoundReference {
  readonly reference: string;
  /** Such as /spec/containers/0/args/3; `(text)` leads into a document inside a text. */
  readonly path: string;
}

/**
 * Every image reference anywhere in a manifest. A text is one when the name it goes by says so (a field, key, variable or option
 * that ends in "image"), or when it looks like nothing else: a digest, or a repository with a tag. Texts that hold manifests are
 * read as manifests.
 */
export function imageReferencesIn(manifest: unknown): readonly FoundReference[] {
  const found = new Map<string, FoundReference>();
  const take = (reference: string, path: string): void => {
    found.set(`${path} ${reference}`, { reference, path });
  };
  walk(manifest, '', { take, isDefinition: isDefinition(manifest) });
  return [...found.values()];
}

interface Walk {
  readonly take: (reference: string, path: string) => void;
  /** The definition of a kind: its descriptions are prose, and a field named image holds a type; only defaults are values. */
  readonly isDefinition: boolean;
}

function isDefinition(manifest: unknown): boolean {
  return isRecord(manifest) && manifest['kind'] === 'CustomResourceDefinition';
}

/** image, runImage, AFFINITY_IMAGE, default-image, image.reference; not imagePullPolicy. */
const namesImage = /(^|[^a-z]|[a-z])images?$/i;

function walk(value: unknown, path: string, context: Walk, name = ''): void {
  if (typeof value === 'string') walkText(value, path, context, name);
  else if (Array.isArray(value)) walkList(value, path, context, name);
  else if (isRecord(value)) walkRecord(value, path, context, name);
}

function walkText(text: string, path: string, context: Walk, name: string): void {
  const hasMeaning = !context.isDefinition || path.endsWith('/default');
  if (hasMeaning && namesImage.test(name) && isLikeReference(text)) {
    context.take(text, path);
    return;
  }
  const documents = embeddedDocuments(text);
  for (const document of documents)
    walk(document, `${path}(text)`, { ...context, isDefinition: isDefinition(document) });
  if (documents.length > 0) return;
  for (const line of imageLines(text)) context.take(line, path);
  for (const reference of referencesIn(text)) context.take(reference, path);
}

/** Options come as `--x-image=V` or as two words, `--x-image V`. */
function walkList(list: readonly unknown[], path: string, context: Walk, name: string): void {
  for (const [index, item] of list.entries()) {
    const before: unknown = list[index - 1];
    const option =
      typeof before === 'string' && before.startsWith('-') && !before.includes('=') ? before : name;
    walk(item, `${path}/${index}`, context, option);
  }
}

function walkRecord(
  record: Readonly<Record<string, unknown>>,
  path: string,
  context: Walk,
  name: string,
): void {
  const composed = namesImage.test(name) ? composedReference(record) : undefined;
  if (composed !== undefined) context.take(composed, path);
  const variable = record['name'];
  for (const [key, inner] of Object.entries(record)) {
    if (context.isDefinition && key === 'description') continue;
    const isVariable = key === 'value' && typeof variable === 'string';
    // In a list or map named "images" every entry is one, whatever its own key is; `reference` is that of an image volume.
    const isOfParent =
      /images$/i.test(name) || key === 'reference' || (context.isDefinition && key === 'default');
    const keyName = isVariable ? variable : isOfParent ? name : key;
    const place = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (composed !== undefined && typeof inner === 'string') continue;
    for (const reference of referencesIn(key)) context.take(reference, place);
    walk(inner, place, context, keyName);
  }
}

/** An image in parts: registry, repository (or name, or newName of kustomize), tag, digest. */
function composedReference(record: Readonly<Record<string, unknown>>): string | undefined {
  const say = (...keys: readonly string[]): string =>
    keys
      .map((key) => record[key])
      .find((value): value is string => typeof value === 'string' && value !== '') ?? '';
  const repository = say('newName', 'repository', 'name');
  const tag = say('newTag', 'tag');
  const digest = say('digest');
  if (repository === '' || (tag === '' && digest === '' && say('repository', 'newName') === ''))
    return undefined;
  const registry = say('registry');
  return `${registry === '' ? '' : `${registry}/`}${repository}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
