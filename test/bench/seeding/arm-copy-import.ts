import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { type Background, startBackground } from '../../support/background.ts';
import type { Arm } from './arm.ts';
import type { BenchNode, BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';

/** What installers commonly do: copy one archive to each node by scp and import it there, node by node or all at once. */
export function copyAndImport(mode: 'serial' | 'parallel'): Arm {
  const servers: Background[] = [];
  return {
    name: `scp-${mode}`,
    title: `scp + ctr import, ${mode === 'serial' ? 'one node after the other' : 'all nodes at once'}`,

    async prepare(site) {
      const keys = await makeKeys(site);
      for (const node of site.nodes) servers.push(await startSshd(node, keys));
      await delay(500);
    },

    async run(site, corpus) {
      const startedAt = performance.now();
      const nodeMs: number[] = [];
      const one = async (node: BenchNode): Promise<void> => {
        await copy(site, node, corpus);
        await importArchive(site, node);
        nodeMs.push(performance.now() - startedAt);
      };
      if (mode === 'parallel') await Promise.all(site.nodes.map(one));
      else for (const node of site.nodes) await one(node);
      return { allMs: Math.max(...nodeMs), bootMs: Math.max(...nodeMs), nodeMs };
    },

    async clear() {
      for (const server of servers.splice(0)) await server.stop();
    },
  };
}

interface Keys {
  readonly host: string;
  readonly client: string;
}

async function makeKeys(site: BenchSite): Promise<Keys> {
  const folder = join(site.directory, 'ssh');
  await mkdir(folder, { recursive: true });
  const keys = { host: join(folder, 'host'), client: join(folder, 'client') };
  for (const file of Object.values(keys)) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], { input: 'n\n', reject: false });
    await chmod(file, 0o600);
  }
  await mkdir('/run/sshd', { recursive: true });
  return keys;
}

async function startSshd(node: BenchNode, keys: Keys): Promise<Background> {
  const lines = [
    `ListenAddress ${node.address}`,
    `HostKey ${keys.host}`,
    `AuthorizedKeysFile ${keys.client}.pub`,
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'PidFile none',
    'Subsystem sftp internal-sftp',
  ];
  const config = join(node.directory, 'sshd_config');
  await writeFile(config, `${lines.join('\n')}\n`);
  return startBackground(['ip', 'netns', 'exec', node.namespace, '/usr/sbin/sshd', '-D', '-f', config]);
}

async function copy(site: BenchSite, node: BenchNode, corpus: Corpus): Promise<void> {
  const trust = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const key = ['-i', join(site.directory, 'ssh', 'client')];
  const target = `root@${node.address}:${join(node.directory, 'corpus.tar')}`;
  const scp = ['scp', '-q', ...key, ...trust, corpus.archive, target];
  await execa('ip', ['netns', 'exec', site.network.source.namespace, ...scp]);
}

async function importArchive(site: BenchSite, node: BenchNode): Promise<void> {
  const archive = join(node.directory, 'corpus.tar');
  await execa(site.ctr, [
    '-a',
    node.containerd.socket,
    '-n',
    'k8s.io',
    'images',
    'import',
    '--no-unpack',
    archive,
  ]);
}
