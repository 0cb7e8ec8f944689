import type { Hands, Look } from '../../engine/phase.ts';
import type { KubeObject } from '../../kube/kube.ts';
import { ensureCertificate, ensureSiteAuthority } from '../../site/certificate-authority.ts';
import { htpasswdLine, randomPassword } from '../../site/passwords.ts';

/** `push` is the installer's and the CI's; `pull` is what the nodes show. */
const users = ['push', 'pull'] as const;

const certificateName = 'registry.tls';
const lineName = (user: string): string => `registry.htpasswd.${user}`;
const uploadKeyName = 'registry.upload-key';

/** Makes the registry's certificate, passwords and keys, once. */
export async function prepareRegistry(hands: Hands): Promise<void> {
  const { site, credentials } = hands;
  await ensureSiteAuthority(credentials, site.name);
  await ensureCertificate(credentials, certificateName, {
    commonName: site.endpoints.registry.host,
    dnsNames: [site.endpoints.registry.host, 'registry.registry.svc', 'registry.registry.svc.cluster.local'],
  });
  for (const user of users) {
    const password = await credentials.ensure(`registry.password.${user}`, randomPassword);
    // Kept too: hashing is salted, and the same password must give the same file on every run.
    await credentials.ensure(lineName(user), () => htpasswdLine(user, password));
  }
  await credentials.ensure(uploadKeyName, randomPassword);
}

/** What the registry's pod mounts. Before the credentials are made the objects are there to be planned, without data. */
export function registrySecrets(look: Look | Hands): readonly KubeObject[] {
  const known = (name: string): string | undefined => look.credentials.get(name);
  const lines = users.map((user) => known(lineName(user)));
  const complete = lines.every((line) => line !== undefined);
  return [
    secret('registry-tls', 'kubernetes.io/tls', {
      'tls.crt': known(`${certificateName}.certificate`),
      'tls.key': known(`${certificateName}.key`),
    }),
    secret('registry-users', 'Opaque', {
      htpasswd: complete ? `${lines.join('\n')}\n` : undefined,
      'upload-key': known(uploadKeyName),
    }),
  ];
}

function secret(
  name: string,
  type: string,
  values: Readonly<Record<string, string | undefined>>,
): KubeObject {
  const stringData = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'registry' }, type, stringData };
}
