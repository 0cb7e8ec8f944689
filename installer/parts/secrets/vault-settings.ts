import type { Site } from '../../site/site.ts';
import type { VaultApi } from './vault-api.ts';
import { environmentMount, platformMount } from './vault-names.ts';
import { type Policy, policies, policyText, type Role, roles } from './vault-policies.ts';

/** One setting of the secret manager: how to see that it is as declared, and how to make it so. Both are safe to do again. */
export interface VaultSetting {
  readonly id: string;
  readonly sentence: string;
  isThere(api: VaultApi): Promise<boolean>;
  make(api: VaultApi): Promise<void>;
}

/** All settings in the order in which they can be made. The audit log comes first, so that it sees the others. */
export function vaultSettings(site: Site): readonly VaultSetting[] {
  return [
    auditLog,
    ...[platformMount, ...site.environments.map(environmentMount)].map(mountSetting),
    kubernetesLogin,
    kubernetesServer,
    ...[...policies(site)].map(([name, policy]) => policySetting(name, policy)),
    ...[...roles(site)].map(([name, role]) => roleSetting(name, role)),
  ];
}

interface Listed {
  readonly data: Readonly<
    Record<string, { readonly type: string; readonly options: Record<string, string> | null }>
  >;
}

const auditLog: VaultSetting = {
  id: 'audit',
  sentence: 'write every request to the audit log of the secret manager (its pod’s log)',
  async isThere(api) {
    const devices = await api.find<Listed>('sys/audit');
    return devices?.data['stdout/']?.options?.['file_path'] === 'stdout';
  },
  async make(api) {
    const device = { type: 'file', options: { file_path: 'stdout' } };
    await api.send('PUT', 'sys/audit/stdout', device, 'write an audit log');
  },
};

function mountSetting(name: string): VaultSetting {
  return {
    id: `mount/${name}`,
    sentence: `make the store ${name} for secrets, with versions`,
    async isThere(api) {
      const mount = (await api.find<Listed>('sys/mounts'))?.data[`${name}/`];
      return mount?.type === 'kv' && mount.options?.['version'] === '2';
    },
    async make(api) {
      await api.send(
        'POST',
        `sys/mounts/${name}`,
        { type: 'kv', options: { version: '2' } },
        `make the store ${name}`,
      );
    },
  };
}

const kubernetesLogin: VaultSetting = {
  id: 'kubernetes-login',
  sentence: 'let service accounts of the cluster log in to the secret manager',
  isThere: async (api) => (await api.find<Listed>('sys/auth'))?.data['kubernetes/']?.type === 'kubernetes',
  async make(api) {
    await api.send('POST', 'sys/auth/kubernetes', { type: 'kubernetes' }, 'let service accounts log in');
  },
};

const apiServer = 'https://kubernetes.default.svc';

const kubernetesServer: VaultSetting = {
  id: 'kubernetes-server',
  sentence: 'have the secret manager ask this cluster whether a service account is genuine',
  async isThere(api) {
    const config = await api.find<{ data: Record<string, unknown> }>('auth/kubernetes/config');
    return config?.data['kubernetes_host'] === apiServer;
  },
  async make(api) {
    await api.send('POST', 'auth/kubernetes/config', { kubernetes_host: apiServer }, 'ask this cluster');
  },
};

function policySetting(name: string, policy: Policy): VaultSetting {
  const text = policyText(policy);
  return {
    id: `policy/${name}`,
    sentence: `write the policy ${name} of the secret manager`,
    isThere: async (api) =>
      (await api.find<{ data: { policy: string } }>(`sys/policies/acl/${name}`))?.data.policy === text,
    async make(api) {
      await api.send('PUT', `sys/policies/acl/${name}`, { policy: text }, `take the policy ${name}`);
    },
  };
}

function roleSetting(name: string, role: Role): VaultSetting {
  const seconds = Number.parseInt(role.ttl, 10) * 60;
  const wanted = {
    bound_service_account_names: [role.account],
    bound_service_account_namespaces: [role.namespace],
    audience: 'vault',
    token_policies: [role.policy],
    token_ttl: seconds,
    token_max_ttl: seconds,
    token_no_default_policy: false,
  };
  return {
    id: `role/${name}`,
    sentence: `let ${role.namespace}/${role.account} act as ${name} towards the secret manager`,
    async isThere(api) {
      const found = await api.find<{ data: Record<string, unknown> }>(`auth/kubernetes/role/${name}`);
      return (
        found !== undefined &&
        Object.entries(wanted).every(
          ([key, value]) => JSON.stringify(found.data[key]) === JSON.stringify(value),
        )
      );
    },
    async make(api) {
      await api.send('POST', `auth/kubernetes/role/${name}`, wanted, `take the role ${name}`);
    },
  };
}
