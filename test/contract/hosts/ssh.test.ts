import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { openHostPool } from '../../../installer/hosts/pool.ts';
import { fingerprint, parseHostKey } from '../../../installer/hosts/transport/host-key.ts';
import type { SshTarget } from '../../../installer/hosts/transport/ssh-connection.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { sshConnections } from './ssh-connections.ts';
import { startSshServer } from './ssh-server.ts';

const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

const ssh = sshConnections();
const { open } = ssh;

describe('SSH refuses', () => {
  const withSsh = (change: Partial<SshTarget['ssh']>): SshTarget => ({
    ...ssh.server.target,
    ssh: { ...ssh.server.target.ssh, ...change },
  });

  it('a host whose key is not the pinned one, and names both', async () => {
    const error = await open(withSsh({ hostKey: otherKey }))
      .query(['true'])
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E_HOST_KEY' });
    expect(String(error)).toContain(fingerprint(parseHostKey(otherKey).blob));
    expect(String(error)).toContain(fingerprint(parseHostKey(ssh.server.target.ssh.hostKey).blob));
  });

  it('a host that has no key of the pinned type', async () => {
    const target = withSsh({ hostKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNh' });
    await expect(open(target).query(['true'])).rejects.toMatchObject({ code: 'E_HOST_KEY' });
  });

  it('a key that the host does not accept', async () => {
    const target = withSsh({ keyFile: join(ssh.server.directory, 'host_ed25519') });
    await expect(open(target).query(['true'])).rejects.toMatchObject({ code: 'E_HOST_LOGIN' });
  });

  it('a key file that is missing or no key', async () => {
    await writeFile(join(ssh.server.directory, 'not-a-key'), 'this is no key\n');
    await writeFile(join(ssh.server.directory, 'cut-off'), '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n');
    for (const [name, words, hint] of [
      ['absent', 'cannot be read', 'Put the key there'],
      ['not-a-key', 'on this machine holds no private key', 'ssh-keygen -y -f'],
      ['cut-off', 'on this machine holds no private key', 'ssh-keygen -y -f'],
      ['host_ed25519.pub', 'on this machine holds no private key', 'not the public one'],
    ] as const) {
      const target = withSsh({ keyFile: join(ssh.server.directory, name) });
      await expect(open(target).query(['true'])).rejects.toMatchObject({
        code: 'E_HOST_LOGIN',
        message: expect.stringContaining(words),
        // Nothing is wrong on the host, so nobody is sent there.
        hint: expect.stringMatching(new RegExp(`${hint}(?!.*authorized_keys)`)),
      });
    }
  });

  it('a user who may not become root', async () => {
    const failing = open(ssh.server.targetAs('nosudo')).query(['true']);
    await expect(failing).rejects.toMatchObject({
      code: 'E_HOST_LOGIN',
      message: expect.stringContaining('sudo'),
    });
  });

  it('a port where nobody answers, at once', async () => {
    await expect(open(withSsh({ port: 1 })).query(['true'])).rejects.toMatchObject({
      code: 'E_HOST_UNREACHABLE',
      retryable: true,
    });
  });
});

describe('SSH keeps going', () => {
  it('with many short commands at once: none loses its result', async () => {
    const host = open();
    const results = await Promise.all(
      Array.from({ length: 150 }, (_, index) => host.query(['echo', String(index)])),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(
      Array.from({ length: 150 }, (_, index) => String(index)),
    );
  });

  it('after the connection dropped between commands', async () => {
    const host = open();
    await host.query(['true']);
    await ssh.server.dropConnections();
    await delay(100);
    expect((await host.run(['echo', 'again'])).stdout).toBe('again\n');
  });

  it('with a look that was cut off in the middle, but not with a change', async () => {
    const host = open();
    await host.query(['true']);
    const looking = host.query(['sh', '-c', 'sleep 1; echo done', 'slow-look']);
    await delay(300);
    await ssh.server.dropConnections();
    expect((await looking).stdout).toBe('done\n');

    const changing = host.run(['sleep', '5']);
    const outcome = expect(changing).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE', retryable: true });
    await delay(300);
    await ssh.server.dropConnections();
    await outcome;
  });

  it('while a host that was there before boots again', async () => {
    const host = open();
    await host.query(['true']);
    await ssh.server.stop();
    const waiting = host.run(['echo', 'back']);
    await delay(1_500);
    await ssh.server.start();
    expect((await waiting).stdout).toBe('back\n');
  });

  it('when the connection breaks right before a command that must not run twice', async () => {
    const host = open();
    for (let round = 0; round < 10; round += 1) {
      await host.query(['true']);
      await ssh.server.dropConnections();
      expect((await host.run(['echo', String(round)])).stdout).toBe(`${round}\n`);
    }
  });

  it('gives up when such a host does not come back', async () => {
    const host = open(ssh.server.target, { comeBackMs: 1_000 });
    await host.query(['true']);
    await ssh.server.stop();
    try {
      await expect(host.query(['true'])).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
    } finally {
      await ssh.server.start();
    }
  });

  it('with a server that allows only two sessions', async () => {
    const narrow = await startSshServer(['MaxSessions 2']);
    try {
      const host = open(narrow.target);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => host.query(['echo', String(index)])),
      );
      expect(results.map(({ stdout }) => Number(stdout))).toEqual(
        Array.from({ length: 20 }, (_, index) => index),
      );
    } finally {
      await narrow.remove();
    }
  });
});

describe('SSH ends', () => {
  it('a command that takes too long, on the host too', async () => {
    const host = open();
    const mark = join(ssh.server.directory, 'late');
    const failing = host.run(['sh', '-c', 'sleep 5; touch "$1"', 'slow', mark], { timeoutMs: 500 });
    await expect(failing).rejects.toMatchObject({ code: 'E_HOST_TIMEOUT' });
    await delay(5_000);
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a command whose run was stopped', async () => {
    const host = open();
    const controller = new AbortController();
    const running = host.run(['sleep', '30'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stopped by hand')), 300);
    await expect(running).rejects.toThrow('stopped by hand');
    expect((await host.query(['echo', 'alive'])).stdout).toBe('alive\n');
  });
});

describe('a run that is stopped', () => {
  const stoppedSoon = (): AbortSignal => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped by hand')), 200);
    return controller.signal;
  };

  it('does not wait for a host that does not answer', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const host = open({ ...ssh.server.target, ssh: { ...ssh.server.target.ssh, port } });
    const startedAt = performance.now();
    await expect(host.start(['cat'], { signal: stoppedSoon() })).rejects.toThrow('stopped by hand');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('does not wait until a session is free, and takes none from those who wait on', async () => {
    const host = open();
    const busy = await Promise.all(Array.from({ length: 3 }, () => host.start(['cat'])));
    await expect(host.start(['cat'], { signal: stoppedSoon() })).rejects.toThrow('stopped by hand');
    const next = host.start(['cat']);
    await busy[0]?.close();
    await (await next).close();
  });

  it.each(['start', 'run'] as const)('does not leave behind what %s only then begins', async (way) => {
    const host = open();
    await host.query(['true']);
    const mark = `begun-by-${way}-${process.pid}`;
    const goOn = await ssh.server.holdConnections();
    try {
      const command = ['sh', '-c', 'cat; :', mark];
      await expect(host[way](command, { signal: stoppedSoon() })).rejects.toThrow('stopped by hand');
    } finally {
      goOn();
    }
    await delay(1_000);
    expect((await execa('pgrep', ['-f', mark], { reject: false })).stdout).toBe('');
    expect((await host.query(['echo', 'alive'])).stdout).toBe('alive\n');
  });
});

describe('an SSH session', () => {
  it('takes lines, gives lines, and tells how it ended', async () => {
    const session = await open().start([
      'sh',
      '-c',
      'while read -r line; do echo "got $line"; done; echo oh >&2; exit 7',
    ]);
    const lines = session.lines[Symbol.asyncIterator]();
    await session.write('one\ntwo\n');
    expect((await lines.next()).value).toBe('got one');
    expect((await lines.next()).value).toBe('got two');
    await session.close();
    expect(await session.ended).toEqual({ exitCode: 7, stderr: 'oh' });
  });

  it('comes to its end although nobody reads on', async () => {
    const session = await open().start(['sh', '-c', 'cat; seq 1 20000']);
    await session.write('first\n');
    for await (const line of session.lines) {
      expect(line).toBe('first');
      break;
    }
    await session.close();
    expect((await session.ended).exitCode).toBe(0);
  });

  it('says that the connection broke', async () => {
    const session = await open().start(['cat']);
    await ssh.server.dropConnections();
    expect((await session.ended).exitCode).toBe(-1);
  });
});

it('a pool contacts nobody before it is asked, and hands out one host per node', async () => {
  const node = { ...ssh.server.target, roles: [], profile: {} } as unknown as SiteNode;
  const pool = openHostPool({ nodes: [node] });
  try {
    expect(pool.hands('n1')).toBe(pool.hands('n1'));
    expect((await pool.hands('n1').query(['echo', 'x'])).stdout).toBe('x\n');
    expect(() => pool.hands('n9')).toThrow('n9');
  } finally {
    await pool.close();
  }
});
