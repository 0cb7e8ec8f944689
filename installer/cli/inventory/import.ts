import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { describeProblems } from '../../base/checked-yaml.ts';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { count } from '../../base/units.ts';
import { inventoryColumns } from '../../site/import-columns.ts';
import { importInventory } from '../../site/import-inventory.ts';
import { loadProfiles } from '../../site/load-profiles.ts';
import { defineVerb } from '../verb.ts';

export const inventoryImportVerb = defineVerb({
  name: 'inventory import',
  summary: 'turn a table of machines (CSV) into inventory.yaml; names every bad line, contacts nothing',
  description: `The first line names the columns: name, address, profile, host_key, and any of the others:\n${inventoryColumns.join(', ')}.\nCells are parted by commas, semicolons or tabs; several hardware addresses in one cell by spaces;\na column mac.eno1 for each interface does as well. Profiles are the product's, and those in profiles/ beside --out (or beside the table).`,
  args: [{ name: 'CSV', summary: 'the table' }],
  options: {
    out: { type: 'string', value: 'FILE', summary: 'where the inventory goes; default: printed' },
    replace: { type: 'boolean', summary: 'write over a file that is there already' },
    user: { type: 'string', value: 'NAME', summary: 'who logs in on all machines; default: root' },
    'key-file': {
      type: 'string',
      value: 'FILE',
      summary: 'private SSH key for all machines, relative to the site folder',
    },
  },
  examples: [
    {
      command:
        'perimeter inventory import machines.csv --key-file ssh/id_ed25519 --out site/plant/inventory.yaml',
      does: 'writes the inventory of site/plant',
    },
  ],
  async run({ args: [csv = ''], options }) {
    const bytes = await readFile(csv).catch((error: unknown) => {
      throw new PerimeterError('E_USAGE', {
        message: `The table ${csv} cannot be read: ${messageOf(error)}`,
        hint: 'Name the CSV file: perimeter inventory import machines.csv',
      });
    });
    const { out, user, 'key-file': keyFile } = options;
    const ssh = { ...(user === undefined ? {} : { user }), ...(keyFile === undefined ? {} : { keyFile }) };
    // The site's own profiles lie beside the inventory.
    const { profiles } = await loadProfiles(dirname(resolve(out ?? csv)));
    const text = decode(csv, bytes);
    const known = [...profiles.keys()].toSorted();
    const { problems, yaml, nodes } = importInventory(basename(csv), text, { ssh, profiles: known });
    if (yaml === undefined) {
      throw new PerimeterError('E_INVENTORY_INVALID', {
        message: `${csv} has ${count(problems.length, 'problem')}; nothing was written.`,
        findings: describeProblems(problems),
        hint: 'Mend these lines and import again. Columns: perimeter inventory import --help',
      });
    }
    if (out === undefined) return { text: yaml, data: { nodes, inventory: yaml } };
    if (!options.replace && (await readFileIfThere(out)) !== undefined) {
      throw new PerimeterError('E_USAGE', {
        message: `${out} is there already.`,
        hint: 'Compare first; to write over it, add --replace.',
      });
    }
    await writeFileAtomic(out, yaml);
    return { text: `${out}: ${count(nodes, 'node')}.\n`, data: { nodes, file: out } };
  },
});

/** Spreadsheets also write other encodings; a wrong guess would spoil names silently. */
function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PerimeterError('E_INVENTORY_INVALID', {
      message: `${file} is no UTF-8 text.`,
      hint: 'Save the table as "CSV UTF-8".',
    });
  }
}
