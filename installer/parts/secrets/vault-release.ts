import type { KubeObject } from '../../kube/kube.ts';
import type { PlatformRelease } from '../../kube/release.ts';
import { secretObject } from '../../kube/secret-object.ts';
import { ensureCertificate, ensureSiteAuthority } from '../../site/certificate-authority.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import type { Site } from '../../site/site.ts';
import { vaultNamespace } from './vault-names.ts';

export const vaultRelease: PlatformRelease = {
  name: 'vault',
  namespace: vaultNamespace,
  podSecurity: 'restricted',
  chart: 'chart-vault',
  images: ['vault'],
  values: ({ site }) => ({ site: { endpoints: { secrets: { ...site.endpoints.secrets } } } }),
};

export async function prepareVault(site: Site, credentials: CredentialStore): Promise<void> {
  await ensureSiteAuthority(credentials, site.name);
  await ensureCertificate(credentials, 'secrets.tls', {
    commonName: site.endpoints.secrets.host,
    dnsNames: [
      site.endpoints.secrets.host,
      `vault.${vaultNamespace}.svc`,
      `vault.${vaultNamespace}.svc.cluster.local`,
    ],
  });
}

export function vaultSecrets(credentials: CredentialView): readonly KubeObject[] {
  return [
    secretObject({
      namespace: vaultNamespace,
      name: 'vault-tls',
      type: 'kubernetes.io/tls',
      values: {
        'tls.crt': credentials.get('secrets.tls.certificate'),
        'tls.key': credentials.get('secrets.tls.key'),
      },
    }),
  ];
}
