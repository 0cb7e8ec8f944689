import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../../kube/kube.ts';
import type { PlatformRelease } from '../../kube/release.ts';
import { secretObject } from '../../kube/secret-object.ts';
import { ensureCertificate, ensureSiteAuthority } from '../../site/certificate-authority.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import type { Site } from '../../site/site.ts';

const namespace = 'git';

export const giteaRelease: PlatformRelease = {
  name: 'gitea',
  namespace,
  podSecurity: 'restricted',
  chart: 'chart-gitea',
  images: ['gitea'],
  values: ({ site }) => ({ site: { endpoints: { git: { ...site.endpoints.git } } } }),
};

/** Keys that the server would otherwise invent and write into its own settings: name in its secret, and how many random bytes. */
const keys = { 'secret-key': 32, 'internal-token': 48, 'jwt-secret': 32 } as const;

export async function prepareGitea(site: Site, credentials: CredentialStore): Promise<void> {
  await ensureSiteAuthority(credentials, site.name);
  await ensureCertificate(credentials, 'git.tls', {
    commonName: site.endpoints.git.host,
    dnsNames: [site.endpoints.git.host, `gitea.${namespace}.svc`, `gitea.${namespace}.svc.cluster.local`],
  });
  for (const [name, bytes] of Object.entries(keys))
    await credentials.ensure(`git.${name}`, () => randomBytes(bytes).toString('base64url'));
}

/** What the chart mounts and Git must never hold. */
export function giteaSecrets(credentials: CredentialView): readonly KubeObject[] {
  return [
    secretObject({
      namespace,
      name: 'gitea-tls',
      type: 'kubernetes.io/tls',
      values: {
        'tls.crt': credentials.get('git.tls.certificate'),
        'tls.key': credentials.get('git.tls.key'),
      },
    }),
    secretObject({
      namespace,
      name: 'gitea-keys',
      values: Object.fromEntries(Object.keys(keys).map((name) => [name, credentials.get(`git.${name}`)])),
    }),
  ];
}
