import { canonicalJson } from '../base/digest.ts';
import type { KubeObject } from './kube.ts';
import { associativeKey, ignoresExtras } from './list-keys.ts';
import { parseQuantity } from './quantity.ts';

/** Parts of an object that say what it is to be. Status and the server's own bookkeeping are not compared. */
const comparedMetadata = ['labels', 'annotations'] as const;

/** Longer values are not quoted in a sentence. */
const quotedLength = 60;

/**
 * What must change so that the live object is as wanted, as tails of a sentence: "spec.replicas 2 -> 1". Only what the wanted
 * object names is compared: defaults that the server filled in and fields of others are no difference. The values of a
 * Secret are never part of a sentence.
 */
export function differences(wanted: KubeObject, live: KubeObject): readonly string[] {
  const secret = wanted.kind === 'Secret';
  const [left, right] = secret ? [secretData(wanted), secretData(live)] : [wanted, live];
  const found: string[] = [];
  for (const [field, value] of Object.entries(left)) {
    if (['apiVersion', 'kind', 'metadata', 'status'].includes(field)) continue;
    compare(value, right[field], field, found);
  }
  for (const field of comparedMetadata) {
    // Not named at all: labels and annotations of others are theirs.
    if (wanted.metadata[field] === undefined) continue;
    compare(wanted.metadata[field], live.metadata[field], `metadata.${field}`, found);
  }
  return secret ? found.map(withoutValues) : found;
}

/** `stringData` is folded into `data` by the server and never read back. */
function secretData(object: KubeObject): KubeObject {
  const { stringData, data, ...rest } = object as KubeObject & {
    stringData?: Record<string, string>;
    data?: Record<string, string>;
  };
  const encoded = Object.entries(stringData ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
}

function withoutValues(sentence: string): string {
  return `${sentence.split(' ')[0]} differs`;
}

function compare(wanted: unknown, live: unknown, path: string, found: string[]): void {
  if (isNothing(wanted) && isNothing(live)) return;
  if (Array.isArray(wanted) && Array.isArray(live)) compareLists(wanted, live, path, found);
  else if (isMap(wanted) && isMap(live)) {
    for (const [name, value] of Object.entries(wanted)) compare(value, live[name], join(path, name), found);
  } else if (!sameValue(wanted, live, path)) {
    found.push(`${path} ${quote(live)} -> ${quote(wanted)}`);
  }
}

function compareLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  path: string,
  found: string[],
): void {
  const key = associativeKey(wanted, live);
  if (key !== undefined) {
    for (const item of wanted as readonly Record<string, unknown>[]) {
      const name = String(item[key]);
      const other = (live as readonly Record<string, unknown>[]).find(
        (candidate) => candidate[key] === item[key],
      );
      compare(item, other, `${path}[${name}]`, found);
    }
    if (ignoresExtras(path)) return;
    const names = new Set((wanted as readonly Record<string, unknown>[]).map((item) => item[key]));
    for (const item of live as readonly Record<string, unknown>[]) {
      if (!names.has(item[key])) found.push(`${path}[${String(item[key])}] is there and must not be`);
    }
    return;
  }
  if (wanted.length !== live.length) {
    found.push(`${path} ${quote(live)} -> ${quote(wanted)}`);
    return;
  }
  wanted.forEach((item, index) => {
    compare(item, live[index], `${path}[${index}]`, found);
  });
}

/** Absent, empty and zero mean the same to the server, which leaves such fields out. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.values(value).every(isNothing);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields that hold quantities, where "1000m" and 1 are the same. */
const quantityPath =
  /(^|\.)(limits|requests|capacity|hard|min|max|default|defaultRequest)\.[^.]+$|sizeLimit$/;

function sameValue(wanted: unknown, live: unknown, path: string): boolean {
  if (wanted === live) return true;
  if (!quantityPath.test(path)) return false;
  const [left, right] = [parseQuantity(wanted), parseQuantity(live)];
  return left !== undefined && left === right;
}

function quote(value: unknown): string {
  if (value === undefined || value === null) return 'absent';
  const text = typeof value === 'string' ? value : canonicalJson(value);
  if (text.length <= quotedLength && !text.includes('\n')) return text === '' ? '""' : text;
  const lines = text.split('\n').length;
  return lines > 1 ? `(text of ${lines} lines)` : `(${text.length} characters)`;
}

function join(path: string, name: string): string {
  return /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${name}]`;
}
