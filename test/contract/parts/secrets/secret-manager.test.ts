import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../../installer/base/condition.ts';
import { VaultApi } from '../../../../installer/parts/secrets/vault-api.ts';
import { vaultSettings } from '../../../../installer/parts/secrets/vault-settings.ts';
import { MemorySecretManager } from '../../../../installer/testkit/memory-secret-manager.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { sealStatus, startVault, vaultProgram } from '../real-vault.ts';

interface StartedSecrets {
  readonly api: VaultApi;
  remove(): Promise<void>;
}

async function startInMemory(): Promise<StartedSecrets> {
  return { api: new VaultApi(new MemorySecretManager()), remove: async () => {} };
}

async function startReal(): Promise<StartedSecrets> {
  const { api, service } = await startVault(vaultProgram ?? '');
  return { api, remove: () => service.remove() };
}

const site = sampleSite();

// What the suites of phases believe of the secret manager in memory is what the real one does.
describe.each([
  { where: 'in memory', start: startInMemory, absent: false },
  { where: 'for real', start: startReal, absent: vaultProgram === undefined },
])('a secret manager $where', ({ start, absent }) => {
  describe.skipIf(absent)('answers as the installer expects', () => {
    let secrets: StartedSecrets;
    let root: VaultApi;
    let shares: readonly string[] = [];
    const status = async (api: VaultApi, ...request: Parameters<VaultApi['request']>): Promise<number> =>
      (await api.request(...request)).status;

    beforeAll(async () => {
      secrets = await start();
    }, 60_000);
    afterAll(async () => secrets?.remove());

    it('is new, and gives its keys once', async () => {
      const { api } = secrets;
      expect(await sealStatus(api)).toMatchObject({ initialized: false, sealed: true });
      expect(await status(api, 'GET', 'sys/health')).toBe(501);
      const sharing = { secret_shares: 4, secret_threshold: 2 };
      const made = await api.send<{ keys_base64: readonly string[]; root_token: string }>(
        'PUT',
        'sys/init',
        sharing,
        'make its keys',
      );
      shares = made.keys_base64;
      root = api.as(made.root_token);
      expect(shares).toHaveLength(4);
      expect(await sealStatus(api)).toMatchObject({ initialized: true, sealed: true });
      expect(await status(api, 'PUT', 'sys/init', sharing)).toBe(400);
    });

    it('says nothing while it is sealed, and is opened by two different shares', async () => {
      expect(await status(secrets.api, 'GET', 'sys/health')).toBe(503);
      expect(await status(root, 'GET', 'sys/mounts')).toBe(503);
      expect(await status(root, 'GET', 'auth/token/lookup-self')).toBe(503);
      const submit = (key = '') => secrets.api.send('PUT', 'sys/unseal', { key }, 'take a share');
      await submit(shares[3]);
      await submit(shares[3]);
      expect(await sealStatus(secrets.api)).toMatchObject({ sealed: true });
      await submit(shares[1]);
      expect(await sealStatus(secrets.api)).toMatchObject({ sealed: false });
      await waitFor({
        description: 'it is active',
        timeoutMs: 30_000,
        intervalMs: 200,
        probe: async () => ((await status(secrets.api, 'GET', 'sys/health')) === 200 ? true : undefined),
      });
    }, 60_000);

    it('has every setting missing at first and there once made', async () => {
      for (const setting of vaultSettings(site)) {
        expect([setting.id, await setting.isThere(root)]).toEqual([setting.id, false]);
        if (setting.id === 'kubernetes-server') await nameCluster(root);
        else await setting.make(root);
        expect([setting.id, await setting.isThere(root)]).toEqual([setting.id, true]);
      }
    });

    it('refuses to make again what is listed, and takes again what is written', async () => {
      const failing: string[] = [];
      for (const setting of vaultSettings(site)) {
        if (setting.id !== 'kubernetes-server')
          await setting.make(root).catch(() => failing.push(setting.id.split('/')[0] ?? ''));
      }
      expect([...new Set(failing)].toSorted()).toEqual(['audit', 'kubernetes-login', 'mount']);
    });

    it('keeps values, changes one of them, and cannot change what is not there', async () => {
      const path = 'app-dev/data/sample-app';
      expect(await status(root, 'PATCH', path, { data: { password: 'x' } })).toBe(404);
      expect(await status(root, 'GET', 'app-dev/metadata/sample-app')).toBe(404);
      expect(await status(root, 'POST', path, { data: { password: 'x', other: 'y' } })).toBe(200);
      expect(await status(root, 'PATCH', path, { data: { password: 'z' } })).toBe(200);
      const kept = await root.find<{ data: { data: object } }>(path);
      expect(kept?.data.data).toEqual({ password: 'z', other: 'y' });
      expect(await status(root, 'GET', 'app-dev/metadata/sample-app')).toBe(200);
      expect(await status(root, 'POST', 'no-such-store/data/x', { data: {} })).toBe(404);
    });

    it('lets nobody in without a token, and a login only for a role that is there', async () => {
      expect(await status(secrets.api, 'GET', 'sys/mounts')).toBe(403);
      expect(await status(secrets.api.as('wrong'), 'GET', 'auth/token/lookup-self')).toBe(403);
      const login = { role: 'no-such-role', jwt: 'x' };
      expect(await status(secrets.api, 'PUT', 'auth/kubernetes/login', login)).toBe(400);
    });

    it('seals itself, and forgets a token that is revoked', async () => {
      await root.send('PUT', 'sys/seal', undefined, 'seal itself');
      expect(await sealStatus(secrets.api)).toMatchObject({ initialized: true, sealed: true });
      for (const key of shares.slice(0, 2)) await secrets.api.send('PUT', 'sys/unseal', { key }, 'open');
      await waitFor({
        description: 'it is active again',
        timeoutMs: 30_000,
        intervalMs: 200,
        probe: async () => ((await status(secrets.api, 'GET', 'sys/health')) === 200 ? true : undefined),
      });
      await root.send('POST', 'auth/token/revoke-self', undefined, 'revoke the root token');
      expect(await status(root, 'GET', 'auth/token/lookup-self')).toBe(403);
    }, 60_000);
  });
});

/** Inside a pod the secret manager takes the cluster's authority from its own account; here there is none to take. */
async function nameCluster(root: VaultApi): Promise<void> {
  const config = { kubernetes_host: 'https://kubernetes.default.svc', disable_local_ca_jwt: true };
  await root.send('POST', 'auth/kubernetes/config', config, 'name the cluster');
}
