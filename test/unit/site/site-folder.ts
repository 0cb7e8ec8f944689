import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A public host key in OpenSSH's form; the number makes it one of many. */
export function hostKey(number: number): string {
  const type = Buffer.from('ssh-ed25519');
  const point = Buffer.alloc(32, number);
  const fields = [type, point].flatMap((field) => [lengthOf(field), field]);
  return `ssh-ed25519 ${Buffer.concat(fields).toString('base64')}`;
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}

export const siteYaml = `name: plant
domain: plant.example.internal
network:
  nodeCidr: 10.20.0.0/24
people:
  - {login: anna, fullName: Anna Smith, role: developer}
  - {login: ben, fullName: Ben Jones, role: approver}
  - {login: cleo, fullName: Cleo Brown, role: approver}
`;

export const inventoryYaml = `ssh:
  keyFile: key
nodes:
  - name: n1
    address: 10.20.0.11
    profile: compact
    ssh:
      hostKey: ${hostKey(1)}
  - name: n2
    address: 10.20.0.12
    profile: compact
    ssh:
      hostKey: ${hostKey(2)}
  - name: n3
    address: 10.20.0.13
    profile: compact
    ssh:
      hostKey: ${hostKey(3)}
`;

/** A site folder of its own for one test: well-formed, but for the files given. A file given as null is left out. */
export async function siteFolder(
  files: Readonly<Record<string, string | Uint8Array | null>> = {},
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'perimeter-site-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const all = { 'site.yaml': siteYaml, 'inventory.yaml': inventoryYaml, key: privateKey(), ...files };
  for (const [name, content] of Object.entries(all)) {
    if (content === null) continue;
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content, { mode: 0o600 });
  }
  return directory;
}

/** A private key without a passphrase, made for this run. */
export function privateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
}
