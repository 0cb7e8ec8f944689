import { dump } from 'js-yaml';
import type { ManifestObject } from './manifest-object.ts';

/** Marks that YAML must quote, so that a Helm expression comes to stand between quotes or in their place. */
const imageMark = /@image\(([a-z0-9-]+)\)@/g;
const expressionMark = /'@expression\((\d+)\)@'/g;

export function imageValue(artifact: string): string {
  return `@image(${artifact})@`;
}

/** Helm expressions cannot stand in data; they are kept aside until the data is text. */
export class Expressions {
  readonly #texts: string[] = [];

  mark(text: string): string {
    this.#texts.push(text);
    return `@expression(${this.#texts.length - 1})@`;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? '';
  }
}

/** Objects as a Helm template: nothing in them is taken for an expression but what was put there as one. */
export function templateText(objects: readonly ManifestObject[], expressions: Expressions): string {
  return objects
    .map((object) => {
      const escaped = yamlText(object).replaceAll('{{', '{{ "{{" }}');
      return escaped
        .replaceAll(imageMark, (_mark, artifact: string) => `{{ index .Values.images "${artifact}" }}`)
        .replaceAll(expressionMark, (_mark, number: string) => expressions.textOf(Number(number)));
    })
    .map((text) => `---\n${text}`)
    .join('');
}

export function yamlText(object: ManifestObject): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}
