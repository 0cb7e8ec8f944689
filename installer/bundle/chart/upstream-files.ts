import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll, YAML11_SCHEMA, YAMLException } from 'js-yaml';
import { PerimeterError } from '../../base/errors.ts';
import { compareText } from '../../oci/layer.ts';
import type { ManifestObject } from './manifest-object.ts';

/** Reads the objects of the files that the patterns choose: patterns in their order, files of a pattern sorted, each file once. */
export async function readUpstreamObjects(
  root: string,
  include: readonly string[],
  exclude: readonly string[],
  what: string,
): Promise<ManifestObject[]> {
  const excluded = new Set<string>();
  for (const pattern of exclude) for (const file of await filesOf(root, pattern, what)) excluded.add(file);
  const files = new Set<string>();
  for (const pattern of include) for (const file of await filesOf(root, pattern, what)) files.add(file);
  const objects: ManifestObject[] = [];
  for (const file of files) {
    if (!excluded.has(file))
      objects.push(...objectsOf(await readFile(join(root, file), 'utf8'), `${what}: ${file}`));
  }
  return objects;
}

/** A pattern that finds nothing is a mistake in the recipe, or upstream moved its files: both must be seen. */
async function filesOf(root: string, pattern: string, what: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) found.push(file);
  if (found.length > 0) return found.toSorted(compareText);
  throw refused(`${what}: "${pattern}" finds no file in ${root}`);
}

/** Upstreams write for Go's YAML: the schema of YAML 1.1 reads their octal numbers and yes/no as they are meant. */
function objectsOf(text: string, what: string): ManifestObject[] {
  const documents = parse(text, what).filter((document) => document !== null && document !== undefined);
  return documents.map((document, index) => {
    const { kind, apiVersion, metadata } = document as Partial<ManifestObject>;
    if (kind === undefined || apiVersion === undefined || metadata?.name === undefined) {
      throw refused(
        `${what}: document ${index + 1} is no object of Kubernetes (kind, apiVersion or name is missing)`,
      );
    }
    return document as ManifestObject;
  });
}

function parse(text: string, what: string): unknown[] {
  try {
    return loadAll(text, { schema: YAML11_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const mended = mendClosingBracket(text, error);
    if (mended === undefined) throw refused(`${what}: ${error.message}`);
    return parse(mended, what);
  }
}

/**
 * Go's YAML lets a bracket that closes a list stand under the key that opened it; the standard, and the parser here, want it one
 * further in. The parser has just told that this is such a bracket, and no line of a text: it is moved.
 */
function mendClosingBracket(text: string, error: YAMLException): string | undefined {
  const lines = text.split('\n');
  const at = error.mark?.line ?? -1;
  const line = lines[at];
  if (error.reason !== 'deficient indentation' || line === undefined || !/^ {0,80}[\]}],?\s*$/.test(line))
    return undefined;
  return lines.with(at, `  ${line}`).join('\n');
}

function refused(message: string): PerimeterError {
  return new PerimeterError('E_BUILD_FAILED', {
    message,
    hint: 'Mend include or exclude in the recipe of this chart (images/chart-*/source.yaml).',
  });
}
