import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../installer/base/checked-yaml.ts';
import { parseCsv } from '../../../installer/site/csv.ts';
import { inventoryColumns } from '../../../installer/site/import-columns.ts';
import { importInventory } from '../../../installer/site/import-inventory.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import { hostKey, siteFolder } from './site-folder.ts';

const header = 'name,address,profile,host_key,serial,macs,model,root_serial,bmc_address,bmc_credential';
const profiles = ['compact', 'control-plane', 'worker'];
const row = (number: number, more: Readonly<Record<string, string>> = {}): string => {
  const cells: Record<string, string> = {
    name: `n${number}`,
    address: `10.20.0.1${number}`,
    profile: 'compact',
    host_key: hostKey(number),
    serial: `S-${number}`,
    macs: `02:00:00:00:00:0${number} 02:00:00:00:01:0${number}`,
    model: 'gse-s200',
    root_serial: `D-${number}`,
    bmc_address: `redfish+https://10.99.0.1${number}`,
    bmc_credential: 'vault:kv/bmc/x',
    ...more,
  };
  return header
    .split(',')
    .map((name) => cells[name])
    .join(',');
};
const problemsOf = (text: string): string[] =>
  importInventory('machines.csv', text, { ssh: {}, profiles }).problems.map(describeProblem);

describe('a table as spreadsheets write it', () => {
  it('may have commas, semicolons or tabs, quotes, a byte order mark and any end of line', () => {
    for (const separator of [',', ';', '\t'])
      for (const end of ['\n', '\r\n', '\r']) {
        const text = `\uFEFFa${separator}b${end}${end}"1${separator}2"${separator}"say ""x"""${end}`;
        expect(parseCsv(text).rows.map(({ cells }) => cells)).toEqual([
          ['a', 'b'],
          [`1${separator}2`, 'say "x"'],
        ]);
      }
  });

  it('has the lines that an editor shows, also after cells of several lines', () => {
    expect(parseCsv('a\n"x\ny"\nz\n').rows.map(({ line }) => line)).toEqual([1, 2, 4]);
    expect(parseCsv('a\nb,"c').openQuoteLine).toBe(2);
  });
});

describe('inventory import', () => {
  it('makes an inventory that a site is read from', async () => {
    const { yaml, nodes, problems } = importInventory(
      'machines.csv',
      [header, row(1), row(2), row(3)].join('\r\n'),
      { ssh: { keyFile: 'key' }, profiles },
    );
    expect(problems).toEqual([]);
    expect(nodes).toBe(3);
    const site = await loadSite(await siteFolder({ 'inventory.yaml': yaml ?? '' }));
    expect(site.nodes[1]).toMatchObject({
      name: 'n2',
      hardware: {
        identity: { serial: 'S-2', macs: ['02:00:00:00:00:02', '02:00:00:00:01:02'] },
        expectModel: 'gse-s200',
        rootDeviceHints: { serialNumber: 'D-2' },
        bmc: { address: 'redfish+https://10.99.0.12', credentialRef: 'vault:kv/bmc/x' },
      },
    });
  });

  it('names every bad line, with its column', () => {
    const text = [
      header,
      row(1),
      row(2, { address: '10.20.0.300' }),
      row(3, { name: 'узел-3' }),
      row(4, { name: 'n1', serial: 'S-1' }),
      row(5, { bmc_address: 'https://admin:secret@10.99.0.15' }),
      row(6, { macs: '02-00-00-00-00-06' }),
      `${row(7)},surplus`,
    ].join('\n');
    const found = problemsOf(text);
    expect(found).toEqual([
      expect.stringMatching(/^machines\.csv:3: address: is no IPv4 address/),
      expect.stringMatching(/^machines\.csv:4: name: must be lower-case letters/),
      'machines.csv:5: name: n1 stands in line 2 too',
      'machines.csv:5: serial: S-1 stands in line 2 too',
      expect.stringMatching(/^machines\.csv:6: bmc_address: holds a user or password/),
      expect.stringMatching(/^machines\.csv:7: macs: is no hardware address/),
      'machines.csv:8: has 11 cells for 10 columns',
    ]);
    expect(found.join('\n')).not.toContain('secret');
  });

  it.each([
    ['a table without name', header.replace('name,', ''), 'has no column "name"'],
    ['an empty table', '', 'is empty'],
    ['no machine', header, 'has no machine below its first line'],
    ['an unknown column', header.replace('serial', 'seriall'), 'has the unknown column "seriall"'],
    ['a column given twice', header.replace('macs', 'serial'), 'has the column "serial" twice'],
    ['a quote that never ends', `${header}\n"n1`, 'machines.csv:2: has a quote that never ends'],
    [
      'identity by one thing only',
      `${header}\n${row(1, { macs: '' })}`,
      'names fewer than two of serial, uuid and macs',
    ],
  ])('refuses %s', (_what, text, words) => {
    expect(problemsOf(text).join('\n')).toContain(words);
  });

  describe('takes as columns', () => {
    const machine = (columns: string, cells: string): string =>
      `name,address,profile,host_key,serial,macs,${columns}\nn1,10.20.0.11,compact,${hostKey(1)},S-1,02:00:00:00:00:01,${cells}\n`;
    const nodeOf = (columns: string, cells: string): string => {
      const { yaml, problems } = importInventory('machines.csv', machine(columns, cells), {
        ssh: {},
        profiles,
      });
      expect(problems).toEqual([]);
      return yaml ?? '';
    };

    it.each(['root', 'etcd'])('all ten hints for the disk of %s, by the names of the inventory', (disk) => {
      const hints = {
        deviceName: '/dev/disk/by-path/pci-0',
        hctl: '0:0:1:0',
        model: 'Flash',
        vendor: 'ATA',
        serialNumber: 'D-1',
        minSizeGigabytes: 400,
        wwn: '0x5001',
        wwnWithExtension: '0x5001a',
        wwnVendorExtension: '0xa',
        rotational: false,
      };
      const columns = Object.keys(hints).map((hint) => `${disk}.${hint}`);
      const yaml = nodeOf(columns.join(','), Object.values(hints).join(','));
      const { nodes } = load(yaml) as { nodes: Record<string, unknown>[] };
      expect(nodes[0]?.[`${disk}DeviceHints`]).toEqual(hints);
      expect(inventoryColumns).toEqual(expect.arrayContaining(columns));
    });

    it('names however a spreadsheet writes them, short ones too', () => {
      const yaml = nodeOf('ROOT.serialnumber,etcd min GB,etcd_rotational', 'D-1,400,no');
      expect(yaml).toContain('serialNumber: D-1');
      expect(yaml).toMatch(/etcdDeviceHints:\n +minSizeGigabytes: 400\n +rotational: false/);
    });

    it('an address of each interface, beside those in one cell', () => {
      const yaml = nodeOf('mac.eno1,mac.eno2', '02:00:00:00:00:02,02:00:00:00:00:03');
      for (const end of ['01', '02', '03']) expect(yaml).toContain(`- '02:00:00:00:00:${end}'`);
      expect(problemsOf(machine('mac.eno1,mac.eno2', '02:00:00:00:00:02,here'))).toEqual([
        expect.stringMatching(/^machines\.csv:2: "mac\.eno2": is no hardware address/),
      ]);
    });

    it('each once, whatever its name', () => {
      const text = machine('root_serial,root.serialNumber', 'A,B');
      expect(problemsOf(text)).toContain('machines.csv:1: has the column "root.serialNumber" twice');
    });
  });

  it('says at once which profile is none, with its line', () => {
    const text = [header, row(1), row(2, { profile: 'compakt' }), row(3, { profile: 'gold' })].join('\n');
    expect(problemsOf(text)).toEqual([
      'machines.csv:3: profile: there is no profile "compakt", did you mean "compact"?',
      'machines.csv:4: profile: there is no profile "gold"; known: compact, control-plane, worker',
    ]);
  });
});
