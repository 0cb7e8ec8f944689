import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../installer/base/condition.ts';
import { adminKubeconfigName, kubeconfigFor } from '../../../installer/kube/admin-kubeconfig.ts';
import { ApiServer } from '../../../installer/kube/api-server.ts';
import { ensureSiteAuthority, issueCertificate } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import type { Site, SiteNode } from '../../../installer/site/site.ts';
import { startProgram } from '../images/own-program.ts';
import { adminIdentity } from './admin-identity.ts';

export interface RealApiServer {
  readonly url: string;
  readonly site: Site;
  readonly credentials: CredentialStore;
  /** Ends the API server, as when its host dies. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  remove(): Promise<void>;
}

/** Loopback has 16 million addresses: each test file takes one of its own, so port 6443 is free there. */
const usualAddress = '127.77.64.43';
const deadAddress = '127.77.64.44';

/** A real kube-apiserver with a real etcd behind it on loopback; the site has a second control plane, which is dead. */
export async function startRealApiServer(
  programs: {
    readonly etcd: string;
    readonly apiServer: string;
  },
  address = usualAddress,
): Promise<RealApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-api-'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const credentials = await CredentialStore.open(folder);
  const authority = await ensureSiteAuthority(credentials, 'contract');
  const server = await issueCertificate(credentials, {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost'],
    ipAddresses: [address],
  });
  const admin = await adminIdentity(credentials);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    ca: await file('ca.crt', authority),
    certificate: await file('server.crt', server.certificate),
    key: await file('server.key', server.key),
    signing: await file('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' })),
    verifying: await file('sa.pub', publicKey.export({ type: 'spki', format: 'pem' })),
  };
  const [clientPort, peerPort] = [await freePort(address), await freePort(address)];
  const etcd = startProgram(programs.etcd, [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://${address}:${clientPort}`,
    `--advertise-client-urls=http://${address}:${clientPort}`,
    `--listen-peer-urls=http://${address}:${peerPort}`,
    `--initial-advertise-peer-urls=http://${address}:${peerPort}`,
    `--initial-cluster=default=http://${address}:${peerPort}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ]);
  etcd.child.stderr?.resume();
  const identity = { certificateAuthority: authority, ...admin };
  await credentials.set(adminKubeconfigName, kubeconfigFor(`https://${address}:6443`, 'contract', identity));

  let running: ReturnType<typeof startProgram> | undefined;
  const startServer = async (): Promise<void> => {
    running = startProgram(programs.apiServer, [
      `--etcd-servers=http://${address}:${clientPort}`,
      `--bind-address=${address}`,
      `--advertise-address=${address}`,
      '--secure-port=6443',
      `--tls-cert-file=${files.certificate}`,
      `--tls-private-key-file=${files.key}`,
      `--client-ca-file=${files.ca}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${files.signing}`,
      `--service-account-key-file=${files.verifying}`,
      '--service-cluster-ip-range=10.255.0.0/24',
      '--authorization-mode=RBAC',
      `--cert-dir=${folder}`,
      '--v=0',
    ]);
    let tail = '';
    running.child.stderr?.on('data', (text: Buffer) => {
      tail = (tail + text.toString()).slice(-4000);
    });
    const probe = new ApiServer('n1', address, identity);
    await waitFor({
      description: 'the API server is ready',
      timeoutMs: 90_000,
      intervalMs: 300,
      probe: async (report) => {
        report(tail);
        return (await probe.send({ method: 'GET', path: '/readyz' })).status === 200 ? true : undefined;
      },
    });
  };
  const stopServer = async (): Promise<void> => {
    running?.child.kill('SIGKILL');
    await running?.ended;
  };
  await startServer();
  return {
    site: { name: 'contract', nodes: [node('n0', deadAddress), node('n1', address)] } as unknown as Site,
    credentials,
    url: `https://${address}:6443`,
    startServer,
    stopServer,
    async remove() {
      await stopServer();
      etcd.child.kill('SIGKILL');
      await etcd.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function node(name: string, nodeAddress: string): SiteNode {
  return { name, address: nodeAddress, roles: ['control-plane'] } as unknown as SiteNode;
}

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
