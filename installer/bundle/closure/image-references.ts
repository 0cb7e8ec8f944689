import { commandImages } from './command-images.ts';
import { dockerfileImages } from './dockerfile-images.ts';
import { embeddedDocuments, imageLines } from './embedded-text.ts';
import { decodedText, encodedFieldOf } from './encoded-text.ts';
import { isImageByName, saysImage } from './image-names.ts';
import { imagesInParts } from './image-parts.ts';
import { escaped, isRecord, ownValues, variableValues } from './named-values.ts';
import { isLikeReference, referencesIn } from './reference-form.ts';
import { withAssignments, withOwnVariables } from './variables.ts';

/** A text that stands for an image, and where it stands. */
export interface FoundReference {
  readonly reference: string;
  /** Such as /spec/containers/0/args/3; `(text)` leads into a document inside a text, `(base64)` into what was encoded. */
  readonly path: string;
}

/**
 * Every image reference anywhere in a manifest. A text is one when the name it goes by says so (a field, key, variable or option
 * about an image), when a command or Dockerfile uses it as one, or when it looks like nothing else. Texts that hold manifests are
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

/** What a program is told. */
const inputPath = /\/(?:args|command)\/\d+$|\/env\/\d+\/value$/;

/** False where a definition says of what type something is. */
function holdsValues(path: string, context: Walk): boolean {
  return !context.isDefinition || /\/default(?:\/|$)/.test(path);
}

function walk(value: unknown, path: string, context: Walk, name = ''): void {
  if (typeof value === 'string') walkText(value, path, context, name);
  else if (Array.isArray(value)) walkList(value, path, context, name);
  else if (isRecord(value)) walkRecord(withOwnVariables(value), path, context, name);
}

function walkText(text: string, path: string, context: Walk, name: string): void {
  if (holdsValues(path, context) && isImageByName(name, text)) {
    context.take(text, path);
    return;
  }
  const documents = embeddedDocuments(text);
  for (const document of documents)
    walk(document, `${path}(text)`, { ...context, isDefinition: isDefinition(document) });
  if (documents.length > 0) return;
  const script = withAssignments(text);
  const used = [...imageLines(script), ...commandImages(script), ...dockerfileImages(text)];
  for (const reference of [...used, ...referencesIn(script, inputPath.test(path))])
    context.take(reference, path);
}

/** Options come as `--x-image=V` or as two words, `--x-image V`; commands as lists of their words. */
function walkList(list: readonly unknown[], path: string, context: Walk, name: string): void {
  for (const image of imagesOfWords(list)) context.take(image, path);
  const variables = list.map((item) => (isRecord(item) ? item['name'] : undefined));
  const inParts = takeParts(
    variableValues(list),
    '',
    context,
    (variable) => `${path}/${variables.indexOf(variable)}/value`,
  );
  for (const [index, item] of list.entries()) {
    if (inParts.has(variables[index])) continue;
    const before: unknown = list[index - 1];
    const option =
      typeof before === 'string' && before.startsWith('-') && !before.includes('=') ? before : name;
    walk(item, `${path}/${index}`, context, option);
  }
}

/** Images of a command that only all of its words together make one; what one word says alone is found there. */
function imagesOfWords(list: readonly unknown[]): readonly string[] {
  const words = list.filter((item) => typeof item === 'string');
  if (words.length < 2) return [];
  const alone = new Set(words.flatMap((word) => commandImages(word)));
  return commandImages(words.join(' ')).filter((image) => !alone.has(image));
}

function walkRecord(
  record: Readonly<Record<string, unknown>>,
  path: string,
  context: Walk,
  name: string,
): void {
  const inParts = takeParts(ownValues(record), name, context, (key, isOwn) =>
    isOwn ? path : `${path}/${escaped(key)}`,
  );
  if (record['resolver'] === 'bundles') takeTaskBundle(record['params'], `${path}/params`, context);
  const encoded = encodedFieldOf(record);
  for (const [key, inner] of Object.entries(record)) {
    if (context.isDefinition && key === 'description') continue;
    if (inParts.has(key)) continue;
    const place = `${path}/${escaped(key)}`;
    for (const reference of referencesIn(key)) context.take(reference, place);
    if (key === encoded && isRecord(inner)) walkEncoded(inner, place, context);
    else walk(inner, place, context, nameFor(key, record, name));
  }
}

/** The name that a value goes by: mostly its key; that of the variable whose value it is; or what its owner is called. */
function nameFor(key: string, record: Readonly<Record<string, unknown>>, owner: string): string {
  const variable = record['name'];
  if ((key === 'value' || key === 'default') && typeof variable === 'string') return variable;
  // In a list or map named "images" every entry is one, whatever its own key is; `reference` is that of an image volume.
  const isOfOwner = /images$/i.test(owner) || key === 'reference' || (key === 'default' && saysImage(owner));
  return isOfOwner ? owner : key;
}

/** Takes the images that stand in parts; returns the names of the parts, which are no images by themselves. */
function takeParts(
  values: ReadonlyMap<string, string>,
  owner: string,
  context: Walk,
  placeOf: (name: string, isOwn: boolean) => string,
): ReadonlySet<unknown> {
  const images = imagesInParts(values, owner);
  for (const { reference, at, isOwn } of images) context.take(reference, placeOf(at, isOwn));
  return new Set(images.flatMap(({ names }) => names));
}

/** A task that Tekton takes out of a bundle: an image in all but name. */
function takeTaskBundle(params: unknown, path: string, context: Walk): void {
  for (const [index, item] of (Array.isArray(params) ? params : []).entries()) {
    const { name, value } = item as { name?: unknown; value?: unknown };
    if (name === 'bundle' && typeof value === 'string' && isLikeReference(value))
      context.take(value, `${path}/${index}/value`);
  }
}

function walkEncoded(record: Readonly<Record<string, unknown>>, path: string, context: Walk): void {
  for (const [key, value] of Object.entries(record)) {
    const text = typeof value === 'string' ? decodedText(value) : undefined;
    const place = `${path}/${escaped(key)}`;
    if (text === undefined) walk(value, place, context, key);
    else walkText(text, `${place}(base64)`, context, key);
  }
}
