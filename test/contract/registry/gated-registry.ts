import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../../../installer/base/condition.ts';
import { ensureSiteAuthority, issueCertificate } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { htpasswdLine } from '../../../installer/site/passwords.ts';
import { compileOwnProgram, type OwnProgram, startProgram } from '../images/own-program.ts';
import { loopback } from '../parts/real-service.ts';

const host = 'registry.contract.internal';
export const passwords = { push: 'push-password-1', pull: 'pull-password-1' } as const;

export interface GatedRegistry {
  readonly https: ReturnType<typeof loopback>;
  readonly gatePort: number;
  readonly registryPort: number;
  readonly probesPort: number;
  readonly authority: string;
  readonly usersFile: string;
  stopRegistry(): Promise<void>;
  remove(): Promise<void>;
}

/** The real registry on loopback, with the gate before it, as the pod of the chart runs them. */
export async function startGatedRegistry(registry: string): Promise<GatedRegistry> {
  const gate: OwnProgram = await compileOwnProgram('registry-gate');
  const file = (name: string): string => join(gate.folder, name);
  const [gatePort, registryPort, probesPort] = [await freePort(), await freePort(), await freePort()];
  const credentials = await CredentialStore.open(gate.folder);
  const authority = await ensureSiteAuthority(credentials, 'contract');
  const issued = await issueCertificate(credentials, { commonName: host, dnsNames: [host] });
  await writeFile(file('tls.crt'), issued.certificate);
  await writeFile(file('tls.key'), issued.key, { mode: 0o600 });
  const lines = await Promise.all(Object.entries(passwords).map(([user, word]) => htpasswdLine(user, word)));
  await writeFile(file('htpasswd'), `${lines.join('\n')}\n`);
  const configuration = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    http: { addr: `127.0.0.1:${registryPort}`, relativeurls: true, secret: 'of the test' },
    storage: { filesystem: { rootdirectory: file('data') }, delete: { enabled: false } },
  };
  await writeFile(file('config.yml'), JSON.stringify(configuration));
  const behind = startProgram(registry, ['serve', file('config.yml')], { OTEL_TRACES_EXPORTER: 'none' });
  const before = startProgram(gate.file, [
    `--listen=127.0.0.1:${gatePort}`,
    `--probes=127.0.0.1:${probesPort}`,
    `--upstream=http://127.0.0.1:${registryPort}`,
    `--certificate=${file('tls.crt')}`,
    `--key=${file('tls.key')}`,
    `--users=${file('htpasswd')}`,
  ]);
  for (const { child } of [behind, before]) child.stderr?.resume();
  await waitFor({
    description: 'gate and registry are ready',
    timeoutMs: 30_000,
    intervalMs: 100,
    probe: async () => ((await fetch(`http://127.0.0.1:${probesPort}/readyz`)).ok ? true : undefined),
  });
  const stopRegistry = async (): Promise<void> => {
    behind.child.kill('SIGKILL');
    await behind.ended;
  };
  return {
    https: loopback(gatePort, host, authority),
    gatePort,
    registryPort,
    probesPort,
    authority,
    usersFile: file('htpasswd'),
    stopRegistry,
    async remove() {
      await stopRegistry();
      before.child.kill('SIGKILL');
      await before.ended;
      await gate.remove();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
