import type { HostHands } from './host.ts';
import { localHost } from './transport/local.ts';
import { sshHost } from './transport/ssh.ts';
import type { SshTarget } from './transport/ssh-connection.ts';

/** A host that is in no site: by SSH, or this machine itself. */
export function openHost(where: SshTarget | 'localhost'): HostHands & { close(): Promise<void> } {
  return where === 'localhost' ? localHost() : sshHost(where);
}
