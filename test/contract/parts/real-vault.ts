import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VaultApi } from '../../../installer/parts/secrets/vault-api.ts';
import { compiledProgram, LoopbackService } from './real-service.ts';

export const vaultProgram = await compiledProgram('vault', '/usr/local/bin/vault');

export interface RealVault {
  readonly service: LoopbackService;
  readonly api: VaultApi;
  restart(): Promise<void>;
}

/** The real secret manager with storage and TLS as on a site, new and without keys. */
export async function startVault(program: string): Promise<RealVault> {
  const service = await LoopbackService.prepare('secrets.test.internal');
  const at = (name: string): string => join(service.directory, name);
  await writeFile(at('tls.crt'), service.credentials.get('tls.certificate') ?? '');
  await writeFile(at('tls.key'), service.credentials.get('tls.key') ?? '', { mode: 0o600 });
  const config = {
    disable_mlock: true,
    api_addr: `https://127.0.0.1:${service.port}`,
    cluster_addr: `https://127.0.0.1:${service.port + 1}`,
    listener: [
      {
        tcp: {
          address: `127.0.0.1:${service.port}`,
          cluster_address: `127.0.0.1:${service.port + 1}`,
          tls_cert_file: at('tls.crt'),
          tls_key_file: at('tls.key'),
        },
      },
    ],
    storage: { raft: { path: service.directory, node_id: 'vault-0' } },
  };
  await writeFile(at('vault.json'), JSON.stringify(config));
  const start = async (): Promise<void> => {
    service.start(program, ['server', `-config=${at('vault.json')}`], {
      HOME: service.directory,
      SKIP_SETCAP: 'true',
    });
    await service.answers('/v1/sys/seal-status');
  };
  await start();
  return {
    service,
    api: new VaultApi(service),
    async restart() {
      await service.stop();
      await start();
    },
  };
}

/** What anybody is told of its seal, also while it is sealed: the nodes ask for it before they submit their shares. */
export function sealStatus(
  api: VaultApi,
): Promise<{ readonly initialized: boolean; readonly sealed: boolean }> {
  return api.send('GET', 'sys/seal-status', undefined, 'say whether it is sealed');
}
