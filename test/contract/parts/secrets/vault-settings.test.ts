import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../../installer/base/condition.ts';
import type { VaultApi } from '../../../../installer/parts/secrets/vault-api.ts';
import { policies, policyText } from '../../../../installer/parts/secrets/vault-policies.ts';
import { vaultSettings } from '../../../../installer/parts/secrets/vault-settings.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { type RealVault, sealStatus, startVault, vaultProgram } from '../real-vault.ts';

const site = sampleSite();

describe.skipIf(vaultProgram === undefined)('settings of the real secret manager', () => {
  let vault: RealVault;
  let root: VaultApi;
  let shares: readonly string[];

  beforeAll(async () => {
    vault = await startVault(vaultProgram ?? '');
    const made = await vault.api.send<{ keys_base64: readonly string[]; root_token: string }>(
      'PUT',
      'sys/init',
      { secret_shares: 4, secret_threshold: 2 },
      'make its keys',
    );
    shares = made.keys_base64;
    root = vault.api.as(made.root_token);
    await unseal(vault.api, shares.slice(0, 2));
  }, 60_000);

  afterAll(async () => vault?.service.remove());

  it('are all missing at first, are there once made, and can be made again', async () => {
    const settings = vaultSettings(site);
    expect(settings.length).toBeGreaterThan(10);
    for (const setting of settings) {
      expect([setting.id, await setting.isThere(root)]).toEqual([setting.id, false]);
      if (setting.id === 'kubernetes-server') await nameCluster(root);
      else await setting.make(root);
      expect([setting.id, await setting.isThere(root)]).toEqual([setting.id, true]);
    }
    for (const setting of settings)
      expect([setting.id, await setting.isThere(root)]).toEqual([setting.id, true]);
  });

  it('let the installer see every setting with its own policy, and nothing of what applications keep', async () => {
    await root.send(
      'POST',
      'app-prod/data/sample-app',
      { data: { password: 'only for the application' } },
      'keep',
    );
    const installer = await tokenFor(root, 'installer');
    for (const setting of vaultSettings(site)) {
      expect([setting.id, await setting.isThere(installer)]).toEqual([setting.id, true]);
    }
    expect((await installer.request('GET', 'app-prod/data/sample-app')).status).toBe(403);
    expect((await installer.request('GET', 'app-prod/metadata/sample-app')).status).toBe(200);
    const rotated = { data: { password: 'rotated by the installer' } };
    expect((await installer.request('PATCH', 'app-prod/data/sample-app', rotated)).status).toBe(200);
    expect((await installer.request('PUT', 'sys/policies/acl/installer', { policy: '{}' })).status).toBe(403);
    expect((await installer.request('PUT', 'sys/policies/acl/other', { policy: '{}' })).status).toBe(403);
    expect((await installer.request('PUT', 'sys/seal')).status).toBe(403);
  });

  it('keep the environments apart', async () => {
    const dev = await tokenFor(root, 'app-dev');
    await root.send('POST', 'app-dev/data/sample-app', { data: { password: 'for dev' } }, 'keep');
    expect((await dev.request('GET', 'app-dev/data/sample-app')).status).toBe(200);
    expect((await dev.request('GET', 'app-prod/data/sample-app')).status).toBe(403);
    expect((await dev.request('GET', 'platform/data/ci')).status).toBe(403);
    expect((await dev.request('POST', 'app-dev/data/sample-app', { data: {} })).status).toBe(403);
  });

  it('a changed policy is noticed', async () => {
    const changed = policyText({ ...policies(site).get('app-dev'), 'app-prod/data/*': ['read'] });
    await root.send('PUT', 'sys/policies/acl/app-dev', { policy: changed }, 'change');
    const different = [];
    for (const setting of vaultSettings(site)) if (!(await setting.isThere(root))) different.push(setting.id);
    expect(different).toEqual(['policy/app-dev']);
  });

  it('comes back sealed after a restart, and any two shares open it', async () => {
    await vault.restart();
    expect(await sealStatus(vault.api)).toMatchObject({ initialized: true, sealed: true });
    await unseal(vault.api, [shares[3] ?? '', shares[3] ?? '']);
    expect(await sealStatus(vault.api)).toMatchObject({ sealed: true });
    await unseal(vault.api, [shares[1] ?? '']);
    expect(await sealStatus(vault.api)).toMatchObject({ sealed: false });
  }, 60_000);
});

/** Inside a pod the secret manager takes the cluster's authority from its own account; here there is none to take. */
async function nameCluster(root: VaultApi): Promise<void> {
  const config = { kubernetes_host: 'https://kubernetes.default.svc', disable_local_ca_jwt: true };
  await root.send('POST', 'auth/kubernetes/config', config, 'name the cluster');
}

async function unseal(api: VaultApi, keys: readonly string[]): Promise<void> {
  for (const key of keys) await api.send('PUT', 'sys/unseal', { key }, 'take a share');
  if ((await sealStatus(api)).sealed) return;
  await waitFor({
    description: 'it is active',
    timeoutMs: 30_000,
    intervalMs: 200,
    probe: async () => ((await api.request('GET', 'sys/health')).status === 200 ? true : undefined),
  });
}

async function tokenFor(root: VaultApi, policy: string): Promise<VaultApi> {
  const made = await root.send<{ auth: { client_token: string } }>(
    'POST',
    'auth/token/create',
    { policies: [policy] },
    'make a token',
  );
  return root.as(made.auth.client_token);
}
