import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, stateDirectory, writeFileAtomic } from '../base/files.ts';
import { labNamePattern } from './lab-names.ts';

const LabHost = z.strictObject({
  name: z.string(),
  address: z.string(),
  /** Public host key, `ssh-ed25519 AAAA...`. Empty while the host is being made for the first time. */
  hostKey: z.string(),
  /** The host's root file system as the machine sees it; mounted while the lab is up. */
  rootDir: z.string(),
  /** Folder of its base file system, where it is another one than the lab's. */
  baseDir: z.string().optional(),
});

const Lab = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(labNamePattern),
  directory: z.string(),
  bridge: z.string(),
  /** The machine's own address on the lab's network: where hosts find the installer. */
  gateway: z.string(),
  subnetCidr: z.string(),
  /** Private SSH key that opens root on every host. */
  keyFile: z.string(),
  /** known_hosts with every host's key. */
  knownHostsFile: z.string(),
  /** Folder of the base file system that the hosts' roots lie over. */
  baseDir: z.string(),
  /** Memory limit of each host. Absent: only the machine's own memory limits it. */
  memoryBytes: z.number().int().positive().optional(),
  hosts: z.array(LabHost),
});

export type LabHost = Readonly<z.infer<typeof LabHost>>;
export type Lab = Readonly<Omit<z.infer<typeof Lab>, 'hosts'>> & { readonly hosts: readonly LabHost[] };

/** Where a lab keeps everything it makes as files. Raises E_USAGE for a name that cannot be one. */
export function labDirectory(name: string): string {
  if (!labNamePattern.test(name)) {
    throw new PerimeterError('E_USAGE', {
      message: `"${name}" cannot be a lab's name.`,
      hint: 'Use up to 31 lower-case letters, digits and dashes, starting with a letter: --name try',
    });
  }
  return stateDirectory('labs', name);
}

/** The lab as recorded, or undefined when there is none. Raises E_LAB when the record cannot be read. */
export async function readLab(name: string): Promise<Lab | undefined> {
  const path = join(labDirectory(name), 'lab.json');
  const text = await readFileIfThere(path);
  if (text === undefined) return undefined;
  try {
    return Lab.parse(JSON.parse(text));
  } catch (cause) {
    throw new PerimeterError('E_LAB', {
      message: `The record of lab "${name}" in ${path} is damaged.`,
      hint: `Take the lab down and start it anew: perimeter lab down --name ${name}`,
      cause,
    });
  }
}

/** Written before what it names is made, so that a later `down` finds everything. */
export async function writeLab(lab: Lab): Promise<void> {
  await writeFileAtomic(join(lab.directory, 'lab.json'), `${JSON.stringify(lab, undefined, 2)}\n`);
}

/** Names of all labs in this user's state folder, complete or not. */
export async function listLabs(): Promise<string[]> {
  try {
    const entries = await readdir(stateDirectory('labs'), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && labNamePattern.test(entry.name))
      .map((entry) => entry.name)
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function hostDirectory(lab: Pick<Lab, 'directory'>, host: string): string {
  return join(lab.directory, 'hosts', host);
}
