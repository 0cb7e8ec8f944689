import { createHash } from 'node:crypto';
import { PerimeterError } from '../../base/errors.ts';

export interface HostKey {
  /** As in known_hosts: `ssh-ed25519`. */
  readonly type: string;
  readonly blob: Buffer;
}

/** Reads `ssh-ed25519 AAAA... [comment]`. */
export function parseHostKey(line: string): HostKey {
  const [type = '', base64 = ''] = line.trim().split(/\s+/);
  return { type, blob: Buffer.from(base64, 'base64') };
}

/** As ssh-keygen -l shows it: `SHA256:...`. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The signature algorithms a key of this type may be used with; only these are offered, so that the pinned key is the one shown. */
export function algorithmsOf(type: string): readonly string[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
}

export function wrongHostKey(
  host: { readonly name: string; readonly address: string },
  wanted: HostKey,
  found: Buffer | undefined,
): PerimeterError {
  const shown =
    found === undefined ? `no key of type ${wanted.type}` : `${wanted.type} ${fingerprint(found)}`;
  return new PerimeterError('E_HOST_KEY', {
    message: `${host.name} (${host.address}) is not the pinned host: wanted ${wanted.type} ${fingerprint(wanted.blob)}, found ${shown}.`,
    hint:
      'If the machine was reinstalled, read its key at its console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), compare it with ' +
      `"found", and put the public key into the inventory as hostKey of ${host.name}. Otherwise someone else answers at this address.`,
    where: { host: host.name },
  });
}
