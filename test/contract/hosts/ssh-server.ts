import { type ChildProcess, spawn } from 'node:child_process';
import {
  access,
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { killProcess } from '../../../installer/base/kill-process.ts';
import type { SshTarget } from '../../../installer/hosts/transport/ssh-connection.ts';

/** A real sshd on loopback, on a free port, with keys and users of its own; nothing on the machine is changed. */
export interface SshServer {
  readonly target: SshTarget;
  readonly directory: string;
  /** A name that is only known inside the server's own view of /etc; may or may not use sudo. */
  targetAs(user: 'sudoer' | 'nosudo'): SshTarget;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Breaks every open connection, leaves the server running. */
  dropConnections(): Promise<void>;
  /** Nobody is answered on any open connection until what this gives is called. */
  holdConnections(): Promise<() => void>;
  remove(): Promise<void>;
}

export async function startSshServer(extraConfig: readonly string[] = []): Promise<SshServer> {
  await access('/usr/sbin/sshd').catch(() => {
    throw new Error('these tests need sshd: apt-get install -y --no-install-recommends openssh-server sudo');
  });
  const directory = await mkdtemp(join(tmpdir(), 'perimeter-sshd-'));
  const port = await freePort();
  const keyFile = join(directory, 'id_ed25519');
  const hostKeyFile = join(directory, 'host_ed25519');
  for (const file of [keyFile, hostKeyFile])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  await copyFile(`${keyFile}.pub`, join(directory, 'authorized_keys'));
  // sshd reads it with the rights of whoever logs in.
  await chmod(directory, 0o755);
  await writeOwnEtc(directory);
  await mkdir('/run/sshd', { recursive: true });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    `PidFile ${directory}/pid`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'StrictModes no',
    'UsePAM no',
    ...extraConfig,
  ];
  await writeFile(join(directory, 'sshd_config'), `${config.join('\n')}\n`);
  const target: SshTarget = {
    name: 'n1',
    address: '127.0.0.1',
    ssh: { user: 'root', port, keyFile, hostKey: await readFile(`${hostKeyFile}.pub`, 'utf8') },
  };

  let server: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running?.pid === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  const start = async (): Promise<void> => {
    const inside = ['passwd', 'shadow', 'sudoers'].map(
      (file) => `mount --bind ${directory}/etc/${file} /etc/${file}`,
    );
    const script = `${inside.join(' && ')} && exec /usr/sbin/sshd -D -e -f ${directory}/sshd_config -E ${directory}/log`;
    server = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await readFile(join(directory, 'log'), 'utf8').catch(() => '')).includes('listening')) return;
      await delay(50);
    }
    throw new Error(
      `sshd did not start: ${await readFile(join(directory, 'log'), 'utf8').catch(() => 'no log')}`,
    );
  };
  const connections = async (): Promise<number[]> => {
    const { stdout } = await execa('pgrep', ['-P', String(server?.pid)], { reject: false });
    return stdout.split('\n').filter(Boolean).map(Number);
  };
  const dropConnections = async (): Promise<void> => {
    for (const pid of await connections()) killProcess(pid);
  };
  await start();
  return {
    target,
    directory,
    targetAs: (user) => ({ ...target, ssh: { ...target.ssh, user } }),
    async stop() {
      await dropConnections();
      await stop();
      await rm(join(directory, 'log'), { force: true });
    },
    start,
    dropConnections,
    async holdConnections() {
      const held = await connections();
      for (const pid of held) process.kill(pid, 'SIGSTOP');
      return () => {
        for (const pid of held) process.kill(pid, 'SIGCONT');
      };
    },
    async remove() {
      await dropConnections();
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Copies of the account files with two more users; the server sees them through a mount of its own. */
async function writeOwnEtc(directory: string): Promise<void> {
  await mkdir(join(directory, 'etc'));
  for (const file of ['passwd', 'shadow']) await copyFile(`/etc/${file}`, join(directory, 'etc', file));
  // A root without the start-up files of this machine's own root, which may be slow or talkative.
  const accounts = await readFile('/etc/passwd', 'utf8');
  await writeFile(
    join(directory, 'etc/passwd'),
    accounts.replace(/^root:.*$/m, `root:x:0:0:root:${directory}:/bin/sh`),
  );
  for (const [index, user] of ['sudoer', 'nosudo'].entries()) {
    const uid = 64_100 + index;
    await appendFile(join(directory, 'etc/passwd'), `${user}:x:${uid}:${uid}::/tmp:/bin/sh\n`);
    await appendFile(join(directory, 'etc/shadow'), `${user}:*:19000:0:99999:7:::\n`);
  }
  const sudoers = join(directory, 'etc/sudoers');
  await writeFile(sudoers, 'root ALL=(ALL) ALL\nsudoer ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
