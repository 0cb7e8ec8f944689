import { afterAll, afterEach, beforeAll } from 'vitest';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { sshHost } from '../../../installer/hosts/transport/ssh.ts';
import type { SshTarget } from '../../../installer/hosts/transport/ssh-connection.ts';
import { type SshServer, startSshServer } from './ssh-server.ts';

export interface SshConnections {
  /** Runs while the tests around do. */
  readonly server: SshServer;
  /** A connection that is closed after the test; to the server, unless another target is given. */
  open(target?: SshTarget, options?: Parameters<typeof sshHost>[1]): HostHands;
}

/** A real sshd for all tests around, and connections to it for each of them. */
export function sshConnections(): SshConnections {
  let running: SshServer | undefined;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    running = await startSshServer();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((host) => host.close()));
  });
  afterAll(() => running?.remove());
  const server = (): SshServer => {
    if (running === undefined) throw new Error('the server runs only while tests do');
    return running;
  };
  return {
    get server() {
      return server();
    },
    open: (target = server().target, options = {}) => {
      const host = sshHost(target, options);
      opened.push(host);
      return host;
    },
  };
}
