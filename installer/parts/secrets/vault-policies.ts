import type { Site } from '../../site/site.ts';
import { environmentMount, installerAccount, platformMount, vaultNamespace } from './vault-names.ts';

type Capability = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list' | 'sudo';

/** Path to capabilities. */
export type Policy = Readonly<Record<string, readonly Capability[]>>;

export interface Role {
  readonly account: string;
  readonly namespace: string;
  readonly policy: string;
  readonly ttl: string;
}

/** Name of the account in an environment, or in CI, as which External Secrets fetches. */
const reader = 'secret-reader';

/** Who may do what with which secrets. Policies and roles of the same name belong together. */
export function policies(site: Site): ReadonlyMap<string, Policy> {
  return new Map<string, Policy>([
    ['installer', installerPolicy(site)],
    ['ci', { [`${platformMount}/data/ci`]: ['read'], [`${platformMount}/metadata/ci`]: ['read'] }],
    ...site.environments.map((environment): [string, Policy] => {
      const mount = environmentMount(environment);
      return [mount, { [`${mount}/data/*`]: ['read'], [`${mount}/metadata/*`]: ['read'] }];
    }),
  ]);
}

/** The installer keeps the settings as declared and writes first secrets; it cannot read what applications keep. */
function installerPolicy(site: Site): Policy {
  const own = ['ci', ...site.environments.map(environmentMount)];
  const mounts = [platformMount, ...site.environments.map(environmentMount)];
  const paths: Record<string, readonly Capability[]> = {
    'sys/audit': ['read', 'sudo'],
    'sys/auth': ['read'],
    'sys/mounts': ['read'],
    'sys/policies/acl/installer': ['read'],
    'auth/kubernetes/config': ['read'],
    'auth/kubernetes/role/installer': ['read'],
    [`${platformMount}/data/*`]: ['create', 'read', 'update', 'patch'],
  };
  for (const name of own) {
    paths[`sys/policies/acl/${name}`] = ['create', 'read', 'update'];
    paths[`auth/kubernetes/role/${name}`] = ['create', 'read', 'update'];
  }
  for (const mount of mounts) {
    paths[`sys/mounts/${mount}`] = ['create', 'read', 'update'];
    paths[`${mount}/metadata/*`] = ['read', 'list'];
  }
  for (const environment of site.environments)
    paths[`${environmentMount(environment)}/data/*`] = ['create', 'update', 'patch'];
  return paths;
}

export function roles(site: Site): ReadonlyMap<string, Role> {
  return new Map<string, Role>([
    ['installer', { account: installerAccount, namespace: vaultNamespace, policy: 'installer', ttl: '15m' }],
    ['ci', { account: reader, namespace: 'ci', policy: 'ci', ttl: '10m' }],
    ...site.environments.map((environment): [string, Role] => {
      const name = environmentMount(environment);
      return [name, { account: reader, namespace: name, policy: name, ttl: '10m' }];
    }),
  ]);
}

/** A policy in the secret manager's own JSON form: the same value always gives the same text. */
export function policyText(policy: Policy): string {
  const path = Object.fromEntries(
    Object.entries(policy)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, capabilities]) => [name, { capabilities }]),
  );
  return JSON.stringify({ path });
}
