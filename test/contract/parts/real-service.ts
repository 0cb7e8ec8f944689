import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDirectory } from '../../../installer/base/files.ts';
import { ensureCertificate, ensureSiteAuthority } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';

/**
 * The compiled program of a component, from the cache that builds leave; undefined when it was never built on this machine.
 * A test that needs it says that it was skipped, and may not be skipped where PERIMETER_REQUIRE_COMPILED is set.
 */
export function compiledProgram(recipe: string, name: string): string | undefined {
  const path = cacheDirectory('warm', recipe, name);
  if (existsSync(path)) return path;
  if (process.env['PERIMETER_REQUIRE_COMPILED'] !== undefined)
    throw new Error(`${recipe}/${name} is not compiled; run \`npm run perimeter -- bundle build\` first`);
  return undefined;
}

export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends HTTPS requests to a port of this machine under a name, trusting one authority. */
export function loopback(port: number, host: string, ca: string) {
  return {
    send({ method, path, headers, body }: LoopbackRequest): Promise<{ status: number; text: string }> {
      const options = { host: '127.0.0.1', port, servername: host, method, path, headers, ca };
      return new Promise((resolve, reject) => {
        const request = httpsRequest(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          );
        });
        request.on('error', reject);
        request.end(body);
      });
    },
  };
}

/** A service of the site, started on this machine's loopback with a certificate of a site authority of its own. */
export class LoopbackService {
  readonly host: string;
  readonly port: number;
  readonly directory: string;
  readonly credentials: CredentialStore;
  #process: ChildProcess | undefined;

  private constructor(host: string, port: number, directory: string, credentials: CredentialStore) {
    this.host = host;
    this.port = port;
    this.directory = directory;
    this.credentials = credentials;
  }

  static async prepare(host: string): Promise<LoopbackService> {
    const directory = await mkdtemp(join(tmpdir(), 'perimeter-service-'));
    const credentials = await CredentialStore.open(directory);
    await ensureSiteAuthority(credentials, 'test');
    await ensureCertificate(credentials, 'tls', { commonName: host, dnsNames: [host] });
    return new LoopbackService(host, await freePort(), directory, credentials);
  }

  start(program: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    this.#process = spawn(program, argv, { env: { ...process.env, ...env }, stdio: 'ignore' });
  }

  /** Sends the request as the installer does: by the service's name, trusting the site's authority only. */
  send(input: LoopbackRequest): Promise<{ status: number; text: string }> {
    return loopback(this.port, this.host, this.credentials.get('ca.certificate') ?? '').send(input);
  }

  async answers(path: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.send({ method: 'GET', path, headers: {} }).catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return;
      if (attempt > 300) throw new Error(`${this.host} does not answer on ${path}`);
      await delay(100);
    }
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
