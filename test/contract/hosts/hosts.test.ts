import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { sshHost } from '../../../installer/hosts/transport/ssh.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { describeHost } from './host-contract.ts';
import { startSshServer } from './ssh-server.ts';

async function temporaryFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'perimeter-host-'));
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

describeHost('a host in memory', async () => {
  const host = new MemoryHost({ commands: { failing: () => ({ exitCode: 3 }) } });
  return { host, folder: '/srv/test', close: async () => {} };
});

describeHost('this machine', async () => {
  const folder = await temporaryFolder();
  return { host: localHost(), folder, close: () => remove(folder) };
});

for (const user of ['root', 'sudoer'] as const) {
  describeHost(`SSH as ${user}`, async () => {
    const [server, folder] = await Promise.all([startSshServer(), temporaryFolder()]);
    const host = sshHost(user === 'root' ? server.target : server.targetAs(user));
    return {
      host,
      folder,
      async close() {
        await host.close();
        await server.remove();
        await remove(folder);
      },
    };
  });
}
