import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { waitFor } from '../../../installer/base/condition.ts';
import { ensureSiteAuthority, issueCertificate } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { htpasswdLine } from '../../../installer/site/passwords.ts';
import { builtProgram } from '../../support/built-program.ts';
import { freePort } from '../../support/free-port.ts';

export interface RegistryProgram {
  readonly name: string;
  readonly program: string;
  /** Whether it remembers what it got of an upload that broke. */
  readonly resumes: boolean;
}

/** Programs that speak the distribution specification: Debian's, installed when it is not there, and our own once it was built. */
export async function registryPrograms(): Promise<readonly RegistryProgram[]> {
  const debian = '/usr/bin/docker-registry';
  if (!existsSync(debian)) throw new Error('these tests need a registry: apt-get install -y docker-registry');
  const own = await builtProgram('registry', '/usr/local/bin/registry');
  return [
    { name: "Debian's registry", program: debian, resumes: false },
    ...(own === undefined ? [] : [{ name: 'our registry', program: own, resumes: true }]),
  ];
}

export const account = { username: 'push', password: 'password-of-the-test' };
export const registryName = 'registry.contract.internal';

export interface RealRegistry {
  readonly port: number;
  /** Certificate of the authority that the registry's own is from. */
  readonly authority: string;
  remove(): Promise<void>;
}

/** A registry on loopback with TLS and an account, as on a site. */
export async function startRegistry(program: string): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-registry-'));
  const file = (name: string): string => join(folder, name);
  const credentials = await CredentialStore.open(folder);
  const authority = await ensureSiteAuthority(credentials, 'contract');
  const issued = await issueCertificate(credentials, { commonName: registryName, dnsNames: [registryName] });
  await writeFile(file('tls.crt'), issued.certificate);
  await writeFile(file('tls.key'), issued.key, { mode: 0o600 });
  await writeFile(file('htpasswd'), `${await htpasswdLine(account.username, account.password)}\n`);
  const port = await freePort();
  const configuration = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'of the test',
      tls: { certificate: file('tls.crt'), key: file('tls.key') },
    },
    storage: { filesystem: { rootdirectory: file('data') } },
    auth: { htpasswd: { realm: 'test', path: file('htpasswd') } },
  };
  await writeFile(file('config.yml'), JSON.stringify(configuration));
  const env = { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' };
  const child = spawn(program, ['serve', file('config.yml')], { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await waitFor({
    description: `${program} listens`,
    timeoutMs: 30_000,
    intervalMs: 50,
    probe: async () => ((await canConnect(port)) && isAlive(child) ? true : undefined),
  });
  return {
    port,
    authority,
    async remove() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export interface BreakingLine {
  readonly port: number;
  /** Bytes towards the registry after which each of the next connections is cut. */
  cuts: number[];
  close(): void;
}

/** A line to a port of this machine that breaks when it is told to. */
export async function breakingLine(towards: number): Promise<BreakingLine> {
  const line: { port: number; cuts: number[]; close: () => void } = { port: 0, cuts: [], close: () => {} };
  const server: Server = createServer((near) => {
    const far = connect(towards, '127.0.0.1');
    let passed = 0;
    near.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      far.write(chunk);
      if (line.cuts[0] !== undefined && passed > line.cuts[0]) {
        line.cuts.shift();
        near.resetAndDestroy();
        far.end();
      }
    });
    far.on('data', (chunk: Buffer) => near.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  line.port = (server.address() as { port: number }).port;
  line.close = () => server.close();
  return line;
}
