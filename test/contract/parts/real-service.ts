import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureCertificate, ensureSiteAuthority } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { builtProgram } from '../../support/built-program.ts';
import { freePort } from '../../support/free-port.ts';

/**
 * The compiled program of a component, out of the artifact that `bundle build` made on this machine; undefined when it never did.
 * A test that needs it says that it was skipped, and may not be skipped where PERIMETER_REQUIRE_COMPILED is set.
 */
export async function compiledProgram(artifact: string, path: string): Promise<string | undefined> {
  const program = await builtProgram(artifact, path);
  if (program === undefined && process.env['PERIMETER_REQUIRE_COMPILED'] !== undefined)
    throw new Error(`${artifact} is not built; run \`npm run perimeter -- bundle build\` first`);
  return program;
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
