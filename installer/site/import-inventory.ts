import { dump } from 'js-yaml';
import type { FileProblem } from '../base/checked-yaml.ts';
import { issueMessages } from '../base/schema-words.ts';
import { didYouMean } from '../base/suggest.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { InventoryNode } from './inventory-file.ts';

/** Each column and the place of its value in a node of the inventory. */
const columns: Readonly<Record<string, readonly string[]>> = {
  name: ['name'],
  address: ['address'],
  profile: ['profile'],
  host_key: ['ssh', 'hostKey'],
  user: ['ssh', 'user'],
  port: ['ssh', 'port'],
  key_file: ['ssh', 'keyFile'],
  serial: ['identity', 'serial'],
  uuid: ['identity', 'uuid'],
  macs: ['identity', 'macs'],
  model: ['expectModel'],
  root_serial: ['rootDeviceHints', 'serialNumber'],
  root_wwn: ['rootDeviceHints', 'wwn'],
  root_min_gb: ['rootDeviceHints', 'minSizeGigabytes'],
  root_rotational: ['rootDeviceHints', 'rotational'],
  etcd_serial: ['etcdDeviceHints', 'serialNumber'],
  etcd_wwn: ['etcdDeviceHints', 'wwn'],
  etcd_min_gb: ['etcdDeviceHints', 'minSizeGigabytes'],
  etcd_rotational: ['etcdDeviceHints', 'rotational'],
  bmc_address: ['bmc', 'address'],
  bmc_credential: ['bmc', 'credentialRef'],
};
const needed = ['name', 'address', 'profile', 'host_key'];
/** No node may be named twice by any of these. */
const uniqueColumns = ['name', 'address', 'host_key', 'serial', 'uuid'];

/** For the help: every column that a table may have. */
export const inventoryColumns: readonly string[] = Object.keys(columns);

export interface ImportedInventory {
  readonly problems: readonly FileProblem[];
  /** Text of an inventory.yaml; undefined when there are problems. */
  readonly yaml: string | undefined;
  readonly nodes: number;
}

/** Turns a table of machines into an inventory. Every bad line is named, with the column; contacts nothing. */
export function importInventory(
  file: string,
  text: string,
  ssh: Readonly<Record<string, string>>,
): ImportedInventory {
  const { rows, openQuoteLine } = parseCsv(text);
  const [header, ...machines] = rows;
  const problems: FileProblem[] = [];
  const complain = (line: number, column: string | undefined, message: string): void =>
    void problems.push({ file, line, path: column === undefined ? [] : [column], message });
  if (openQuoteLine !== undefined) complain(openQuoteLine, undefined, 'has a quote that never ends');
  const names = (header?.cells ?? []).map((cell) => cell.toLowerCase().replaceAll(/[\s-]+/g, '_'));
  headerProblems(names).forEach((message) => complain(header?.line ?? 1, undefined, message));
  if (problems.length > 0) return { problems, yaml: undefined, nodes: 0 };
  if (machines.length === 0) complain(header?.line ?? 1, undefined, 'has no machine below its first line');
  const nodes = machines.map((row) => nodeOf(row, names, complain));
  for (const column of uniqueColumns) repeatedIn(machines, names, column, complain);
  if (problems.length > 0)
    return {
      problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      yaml: undefined,
      nodes: 0,
    };
  const head = `# The machines of the site, from ${file}.\n`;
  const common = Object.keys(ssh).length === 0 ? '' : dump({ ssh });
  return { problems, yaml: `${head}${common}${dump({ nodes }, { lineWidth: -1 })}`, nodes: nodes.length };
}

type Complain = (line: number, column: string | undefined, message: string) => void;

function headerProblems(names: readonly string[]): string[] {
  if (names.length === 0) return ['is empty'];
  const known = Object.keys(columns);
  const strange = names.filter((name) => !known.includes(name));
  return [
    ...strange.map(
      (name) =>
        `has the unknown column "${name}"${didYouMean(name, known) || `; known: ${known.join(', ')}`}`,
    ),
    ...names
      .filter((name, index) => names.indexOf(name) < index)
      .map((name) => `has the column "${name}" twice`),
    ...needed.filter((name) => !names.includes(name)).map((name) => `has no column "${name}"`),
  ];
}

function nodeOf({ line, cells }: CsvRow, names: readonly string[], complain: Complain): unknown {
  if (cells.length > names.length)
    complain(line, undefined, `has ${cells.length} cells for ${names.length} columns`);
  const node: Record<string, unknown> = {};
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? '';
    if (cell !== '') put(node, columns[name] ?? [], valueOf(name, cell));
  }
  node['ssh'] ??= {};
  const checked = InventoryNode.safeParse(node, { reportInput: true });
  for (const issue of checked.success ? [] : checked.error.issues) {
    for (const { path, message } of issueMessages(issue, InventoryNode))
      complain(line, columnOf(path), message);
  }
  return node;
}

function valueOf(column: string, cell: string): unknown {
  if (column === 'macs') return cell.split(/[\s|,;]+/).filter(Boolean);
  if (column === 'port' || column.endsWith('_gb')) return /^\d+$/.test(cell) ? Number(cell) : cell;
  if (column.endsWith('_rotational'))
    return { yes: true, true: true, no: false, false: false }[cell.toLowerCase()] ?? cell;
  return cell;
}

function put(node: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    node[first] = value;
    return;
  }
  const inner = (node[first] ??= {}) as Record<string, unknown>;
  put(inner, rest, value);
}

function columnOf(path: readonly (string | number)[]): string {
  const same = (place: readonly string[]): boolean => place.every((step, index) => path[index] === step);
  return Object.entries(columns).find(([, place]) => same(place))?.[0] ?? path.join('.');
}

function repeatedIn(
  rows: readonly CsvRow[],
  names: readonly string[],
  column: string,
  complain: Complain,
): void {
  const at = names.indexOf(column);
  const first = new Map<string, number>();
  for (const { line, cells } of at < 0 ? [] : rows) {
    const value = cells[at]?.toLowerCase() ?? '';
    const before = first.get(value);
    if (value !== '' && before !== undefined)
      complain(line, column, `${cells[at]} stands in line ${before} too`);
    else first.set(value, line);
  }
}
