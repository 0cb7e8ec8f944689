import { dump } from 'js-yaml';
import type { FileProblem } from '../base/checked-yaml.ts';
import { issueMessages } from '../base/schema-words.ts';
import { didYouMean } from '../base/suggest.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { columnNamed, type ImportColumn, inventoryColumns, valueOf } from './import-columns.ts';
import { InventoryNode } from './inventory-file.ts';
import { unknownProfile } from './site-rules.ts';

const needed = ['name', 'address', 'profile', 'host_key'];
/** No node may be named twice by any of these. */
const uniqueColumns = ['name', 'address', 'host_key', 'serial', 'uuid'];

export interface ImportedInventory {
  readonly problems: readonly FileProblem[];
  /** Text of an inventory.yaml; undefined when there are problems. */
  readonly yaml: string | undefined;
  readonly nodes: number;
}

export interface ImportOptions {
  /** What holds for all machines. */
  readonly ssh: Readonly<Record<string, string>>;
  /** Names of the profiles that nodes may have. */
  readonly profiles: readonly string[];
}

type Complain = (line: number, column: string | undefined, message: string) => void;

/** Turns a table of machines into an inventory. Every bad line is named, with the column; contacts nothing. */
export function importInventory(file: string, text: string, options: ImportOptions): ImportedInventory {
  const { rows, openQuoteLine } = parseCsv(text);
  const [header, ...machines] = rows;
  const problems: FileProblem[] = [];
  const complain: Complain = (line, column, message) =>
    void problems.push({ file, line, path: column === undefined ? [] : [column], message });
  if (openQuoteLine !== undefined) complain(openQuoteLine, undefined, 'has a quote that never ends');
  const { columns, strange } = readHeader(header?.cells ?? []);
  for (const message of strange) complain(header?.line ?? 1, undefined, message);
  if (problems.length > 0) return { problems, yaml: undefined, nodes: 0 };
  if (machines.length === 0) complain(header?.line ?? 1, undefined, 'has no machine below its first line');
  const nodes = machines.map((row) => nodeOf(row, columns, options.profiles, complain));
  for (const column of uniqueColumns) repeatedIn(machines, columns, column, complain);
  if (problems.length > 0)
    return {
      problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      yaml: undefined,
      nodes: 0,
    };
  const head = `# The machines of the site, from ${file}.\n`;
  const common = Object.keys(options.ssh).length === 0 ? '' : dump({ ssh: options.ssh });
  return { problems, yaml: `${head}${common}${dump({ nodes }, { lineWidth: -1 })}`, nodes: nodes.length };
}

function readHeader(cells: readonly string[]): { columns: readonly ImportColumn[]; strange: string[] } {
  if (cells.length === 0) return { columns: [], strange: ['is empty'] };
  const found = cells.map((cell) => ({ cell, column: columnNamed(cell) }));
  const columns = found.flatMap(({ column }) => column ?? []);
  const names = columns.map(({ name }) => name);
  const strange = [
    ...found.flatMap(({ cell, column }) =>
      column === undefined
        ? [
            `has the unknown column "${cell}"${didYouMean(cell, inventoryColumns) || `; known: ${inventoryColumns.join(', ')}`}`,
          ]
        : [],
    ),
    ...names
      .filter((name, index) => names.indexOf(name) < index)
      .map((name) => `has the column "${name}" twice`),
    ...needed.filter((name) => !names.includes(name)).map((name) => `has no column "${name}"`),
  ];
  return { columns, strange };
}

function nodeOf(
  { line, cells }: CsvRow,
  columns: readonly ImportColumn[],
  profiles: readonly string[],
  complain: Complain,
): unknown {
  if (cells.length > columns.length)
    complain(line, undefined, `has ${cells.length} cells for ${columns.length} columns`);
  const node: Record<string, unknown> = {};
  /** Which column each of a list's items came from: several columns may add to it. */
  const origins: string[] = [];
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell === '') continue;
    const value = valueOf(column, cell);
    put(node, column.place, value);
    if (Array.isArray(value)) origins.push(...value.map(() => column.name));
    if (column.name === 'profile' && !profiles.includes(cell))
      complain(line, column.name, unknownProfile(cell, profiles));
  }
  node['ssh'] ??= {};
  const checked = InventoryNode.safeParse(node, { reportInput: true });
  for (const issue of checked.success ? [] : checked.error.issues) {
    for (const { path, message } of issueMessages(issue, InventoryNode)) {
      const item = path.findLast((step) => typeof step === 'number');
      complain(line, origins[item ?? -1] ?? columnOf(path, columns), message);
    }
  }
  return node;
}

function put(node: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) put((node[first] ??= {}) as Record<string, unknown>, rest, value);
  else node[first] = Array.isArray(value) ? [...((node[first] ?? []) as unknown[]), ...value] : value;
}

function columnOf(path: readonly (string | number)[], columns: readonly ImportColumn[]): string {
  const same = ({ place }: ImportColumn): boolean => place.every((step, index) => path[index] === step);
  return columns.find(same)?.name ?? path.join('.');
}

function repeatedIn(
  rows: readonly CsvRow[],
  columns: readonly ImportColumn[],
  column: string,
  complain: Complain,
): void {
  const at = columns.findIndex(({ name }) => name === column);
  const first = new Map<string, number>();
  for (const { line, cells } of at < 0 ? [] : rows) {
    const value = cells[at]?.toLowerCase() ?? '';
    const before = first.get(value);
    if (value !== '' && before !== undefined)
      complain(line, column, `${cells[at]} stands in line ${before} too`);
    else first.set(value, line);
  }
}
