import { DeviceHints } from './node-hardware.ts';

/** A column of a table of machines. */
export interface ImportColumn {
  /** As the help shows it: `root.serialNumber`. */
  readonly name: string;
  /** The place of its value in a node of the inventory. */
  readonly place: readonly string[];
}

const fields: Readonly<Record<string, readonly string[]>> = {
  name: ['name'],
  address: ['address'],
  profile: ['profile'],
  rack: ['rack'],
  host_key: ['ssh', 'hostKey'],
  user: ['ssh', 'user'],
  port: ['ssh', 'port'],
  key_file: ['ssh', 'keyFile'],
  serial: ['identity', 'serial'],
  uuid: ['identity', 'uuid'],
  macs: ['identity', 'macs'],
  model: ['expectModel'],
  bmc_address: ['bmc', 'address'],
  bmc_credential: ['bmc', 'credentialRef'],
};

const disks = { root: 'rootDeviceHints', etcd: 'etcdDeviceHints' } as const;

/** Every hint that the inventory knows, for both disks, under the name that it has there. */
const hints = Object.entries(disks).flatMap(([disk, place]) =>
  Object.keys(DeviceHints.shape).map(
    (hint): ImportColumn => ({ name: `${disk}.${hint}`, place: [place, hint] }),
  ),
);

const all: readonly ImportColumn[] = [
  ...Object.entries(fields).map(([name, place]): ImportColumn => ({ name, place })),
  ...hints,
];
const byKey = new Map(all.map((column) => [column.name.toLowerCase(), column]));
const shortNames: Readonly<Record<string, string>> = {
  serial: 'serialNumber',
  min_gb: 'minSizeGigabytes',
  wwn: 'wwn',
  rotational: 'rotational',
};

/** For the help: every column that a table may have. */
export const inventoryColumns: readonly string[] = [...all.map(({ name }) => name), 'mac.INTERFACE'];

/**
 * What a cell of the first line names, however it is written: upper or lower case, spaces or dashes for underscores, `root_serial` for
 * `root.serialNumber`. Undefined for a column that nobody knows.
 */
export function columnNamed(header: string): ImportColumn | undefined {
  const key = header.toLowerCase().replaceAll(/[\s-]+/g, '_');
  // One column for each interface, where a spreadsheet has them side by side.
  if (/^mac\.[\w.]+$/.test(key)) return { name: key, place: ['identity', 'macs'] };
  const [, disk, short = ''] = /^(root|etcd)_(.+)$/.exec(key) ?? [];
  return byKey.get(key) ?? byKey.get(`${disk}.${shortNames[short] ?? ''}`.toLowerCase());
}

/** A cell as the inventory has it; what is no number or truth stays text, for the schema to refuse. */
export function valueOf({ place }: ImportColumn, cell: string): unknown {
  const kind = place.at(-1);
  if (kind === 'macs') return cell.split(/[\s|,;]+/).filter(Boolean);
  if (kind === 'port' || kind === 'minSizeGigabytes') return /^\d+$/.test(cell) ? Number(cell) : cell;
  if (kind === 'rotational')
    return { yes: true, true: true, no: false, false: false }[cell.toLowerCase()] ?? cell;
  return cell;
}
