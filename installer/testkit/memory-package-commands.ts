import { createHash } from 'node:crypto';
import type { MemoryCommand } from './memory-command.ts';
import type { MemoryMachine } from './memory-machine.ts';

/**
 * What a blob in the seed store of a host in memory holds, as JSON: the files of an artifact, or a package with the files that
 * it brings. It stands for the tar or .deb file of the same name on a real host.
 */
export interface MemoryBlob {
  readonly files: Readonly<Record<string, string>>;
  readonly package?: { readonly name: string; readonly version: string; readonly needs?: readonly string[] };
}

const query: MemoryCommand = ({ packages }, argv) => {
  const names = argv.slice(1).filter((word) => !word.startsWith('--'));
  const known = names.filter((name) => packages.has(name));
  const stdout = known.map((name) => `${name}\t${packages.get(name)}\tinstalled\n`).join('');
  return { stdout, exitCode: known.length === names.length ? 0 : 1 };
};

const install: MemoryCommand = (machine, [, store = '', , ...digests]) => {
  for (const digest of digests) {
    const blob = readBlob(machine, store, digest);
    if (blob === undefined)
      return { exitCode: 66, stderr: `package ${digest} is not in the seed store ${store}` };
    for (const [path, text] of Object.entries(blob.files))
      if (machine.files.get(path) === undefined) machine.files.edit(path, text);
    if (blob.package !== undefined) machine.packages.set(blob.package.name, blob.package.version);
  }
  return {};
};

const unpack: MemoryCommand = (machine, [, store = '', , , ...pairs]) => {
  const lines: string[] = [];
  for (let index = 1; index < pairs.length; index += 2) {
    const blob = readBlob(machine, store, pairs[index] ?? '');
    if (blob === undefined)
      return { exitCode: 66, stderr: `blob ${pairs[index]} is not in the seed store ${store}` };
    for (const [path, text] of Object.entries(blob.files)) {
      machine.files.write(path, Buffer.from(text), { mode: 0o755, owner: 'root', group: 'root' });
      const sum = createHash('sha256').update(text).digest('hex');
      lines.push(`${sum}\t755\t${machine.files.status(path)?.stamp}\t-\t${path}\n`);
    }
  }
  return { stdout: lines.join('') };
};

const env: MemoryCommand = (machine, argv) => {
  const words = argv.slice(1).filter((word) => !word.includes('='));
  if (words[0] !== 'dpkg' || words[1] !== '--remove')
    return { exitCode: 127, stderr: `${words[0]}: not found` };
  for (const name of words.slice(2)) machine.packages.delete(name);
  return {};
};

function readBlob({ files }: MemoryMachine, store: string, digest: string): MemoryBlob | undefined {
  const text = files.text(`${store}/${digest}`);
  return text === undefined ? undefined : (JSON.parse(text) as MemoryBlob);
}

export const packageCommands: Readonly<Record<string, MemoryCommand>> = {
  'dpkg-query': query,
  'install-packages': install,
  'unpack-artifact': unpack,
  env,
};
