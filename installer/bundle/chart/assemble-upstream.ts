import { PerimeterError } from '../../base/errors.ts';
import type { ChartUpstream } from '../recipe/schema.ts';
import { type ManifestObject, matches, objectName, setNamespace } from './manifest-object.ts';
import { setAtPointer } from './pointer.ts';
import { Expressions, imageValue, templateText, yamlText } from './template-text.ts';

/** Text files of a chart, by their path inside it. */
export type ChartFiles = ReadonlyMap<string, string>;

/**
 * Turns upstream's objects into files of a chart, as the recipe says. Every instruction must find something: one that does not is
 * reported, with all others (E_BUILD_FAILED), for upstream has changed under it. The objects are changed.
 */
export function assembleUpstream(
  objects: readonly ManifestObject[],
  upstream: ChartUpstream,
  number: number,
  what: string,
): ChartFiles {
  const problems: string[] = [];
  const chosen = choose(objects, upstream, problems);
  const expressions = new Expressions();
  for (const object of chosen) if (upstream.namespace !== undefined) setNamespace(object, upstream.namespace);
  for (const patch of upstream.set ?? []) {
    const value = patch.expression === true ? expressions.mark(String(patch.value)) : patch.value;
    const wanted = { kind: patch.kind, name: patch.name };
    const reached = chosen
      .filter((object) => matches(object, wanted))
      .reduce(
        (sum, object) => sum + setAtPointer(object, patch.path, patch.remove === true ? undefined : value),
        0,
      );
    if (reached === 0) problems.push(`set ${patch.kind} ${patch.name} ${patch.path}: there is no such place`);
  }
  replaceImages(chosen, upstream.images ?? {}, problems);
  if (problems.length > 0) {
    throw new PerimeterError('E_BUILD_FAILED', {
      message: `${what}: the recipe does not fit ${upstream.module}@${upstream.version}`,
      hint: 'Look at the files of that version and mend images/chart-*/source.yaml.',
      findings: problems,
    });
  }
  return filesOf(chosen, upstream, number, expressions);
}

function choose(
  objects: readonly ManifestObject[],
  upstream: ChartUpstream,
  problems: string[],
): ManifestObject[] {
  for (const match of [...(upstream.only ?? []), ...(upstream.drop ?? [])]) {
    if (!objects.some((object) => matches(object, match)))
      problems.push(`no object is ${Object.values(match).join(' ')}`);
  }
  return objects.filter((object) => {
    if (upstream.only !== undefined && !upstream.only.some((match) => matches(object, match))) return false;
    return !(upstream.drop ?? []).some((match) => matches(object, match));
  });
}

/** Any text that is an upstream image, or one with a tag or digest, becomes the reference of our artifact. */
function replaceImages(
  objects: readonly ManifestObject[],
  images: Readonly<Record<string, string>>,
  problems: string[],
): void {
  const unused = new Set(Object.keys(images));
  const replaced = (text: string): string | undefined => {
    for (const [upstream, artifact] of Object.entries(images)) {
      if (text !== upstream && !text.startsWith(`${upstream}:`) && !text.startsWith(`${upstream}@`)) continue;
      unused.delete(upstream);
      return imageValue(artifact);
    }
    return undefined;
  };
  for (const object of objects) {
    walkTexts(object, (text, place) => {
      const next = replaced(text);
      if (next === undefined && text.startsWith('ko://'))
        problems.push(`${objectName(object)}: ${place} is ${text}, for which images: names no artifact`);
      return next;
    });
  }
  for (const upstream of unused) problems.push(`images: nothing refers to ${upstream}`);
}

/** Visits every text below a value; a text that is returned takes its place. */
function walkTexts(
  value: unknown,
  visit: (text: string, place: string) => string | undefined,
  place = '',
): void {
  if (typeof value !== 'object' || value === null) return;
  const container = value as Record<string, unknown>;
  for (const [key, inner] of Object.entries(container)) {
    const here = `${place}/${key}`;
    if (typeof inner === 'string') container[key] = visit(inner, here) ?? inner;
    else walkTexts(inner, visit, here);
  }
}

function filesOf(
  objects: readonly ManifestObject[],
  upstream: ChartUpstream,
  number: number,
  expressions: Expressions,
): ChartFiles {
  const files = new Map<string, string>();
  const asCrd = (object: ManifestObject): boolean =>
    object.kind === 'CustomResourceDefinition' && upstream.crdsTo !== 'templates';
  for (const object of objects.filter(asCrd))
    files.set(`crds/${object.metadata.name}.yaml`, yamlText(object));
  const rest = objects.filter((object) => !asCrd(object));
  const name = `templates/upstream-${String(number).padStart(2, '0')}.yaml`;
  if (rest.length > 0) files.set(name, templateText(rest, expressions));
  return files;
}
